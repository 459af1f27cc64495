// lineage_graph.js: LineageGraph. Boxes and arrows where the kernel placed them; clicks and keys.

const KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const HEADS = ["", "back", "forward"];

/** Make an element of SVG: s("rect", { x: 1 }). */
function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function arrowHeads(prefix) {
  const head = (state) =>
    s(
      "marker",
      { id: `${prefix}-${state}`, viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto", markerUnits: "userSpaceOnUse" },
      s("path", { d: "M0 0 L8 4 L0 8 z", class: state ? `sl-${state}` : "" }),
    );
  return s("defs", {}, ...HEADS.map(head));
}

function arrow({ points, state, how }, prefix) {
  const [start, ...rest] = points.map((point) => point.join(" "));
  const attributes = { d: `M${start} C${rest.join(" ")}`, "marker-end": `url(#${prefix}-${state})` };
  return s("path", { ...attributes, class: state ? `sl-${state}` : "" }, s("title", {}, how));
}

function box(node, [width, height]) {
  const chosen = node.state === "selected";
  return s(
    "g",
    {
      class: `sl-node ${node.state ? `sl-${node.state}` : ""}`,
      transform: `translate(${node.x} ${node.y})`,
      role: "option",
      tabindex: -1,
      "aria-selected": chosen,
      "aria-label": node.label,
      "data-id": node.id,
      "data-testid": `box ${node.title}`,
    },
    s("title", {}, node.label),
    s("rect", { width, height, rx: 5, fill: node.colour, stroke: node.colour }),
    s("text", { x: 8, y: 17 }, node.title),
    s("text", { x: 8, y: 32 }, node.note),
  );
}

/** The graph: one tab stop, arrow keys along links and columns, Enter or a click chooses. */
function graph(model, signal) {
  const prefix = `sl-${crypto.getRandomValues(new Uint32Array(1))[0]}`; // ids are the whole page's
  const frame = h("div", { class: "sl-graph", "data-testid": "graph" });
  let nodes = new Map();
  const element = (id) => frame.querySelector(`[data-id="${CSS.escape(id)}"]`);
  const choose = (id) => write(model, { selected: id });
  const stop = (id) => {
    frame.querySelector('[tabindex="0"]')?.setAttribute("tabindex", -1);
    element(id)?.setAttribute("tabindex", 0);
  };
  const at = (event) => event.target.closest?.("[data-id]")?.dataset.id;
  frame.addEventListener("click", (event) => at(event) && choose(at(event)));
  frame.addEventListener("focusin", (event) => at(event) && stop(at(event)));
  frame.addEventListener("keydown", (event) => {
    const node = nodes.get(at(event));
    if (!node) return;
    const next = node.near[KEYS[event.key]];
    if (next) element(next).focus();
    else if (event.key === "Enter" || event.key === " ") choose(node.id);
    else if (event.key === "Escape") choose("");
    else if (!(event.key in KEYS)) return;
    event.preventDefault();
  });
  follow(model, signal, ["_drawing"], () => {
    const { boxes = [], lines = [], width, height, box_size } = model.get("_drawing");
    const held = frame.contains(document.activeElement) ? at({ target: document.activeElement }) : null;
    const { scrollLeft, scrollTop } = frame;
    nodes = new Map(boxes.map((node) => [node.id, node]));
    const chosen = boxes.find((node) => node.state === "selected");
    const svg = s(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, style: `--sl-width: ${width}px`, role: "listbox", "aria-label": "Lineage, from left to right" },
      arrowHeads(prefix),
      ...lines.map((line) => arrow(line, prefix)),
      ...boxes.map((node) => box(node, box_size)),
    );
    frame.replaceChildren(svg);
    frame.scrollTo(scrollLeft, scrollTop);
    const first = chosen ?? boxes[0];
    if (first) stop(first.id);
    if (held) element(nodes.has(held) ? held : first?.id)?.focus();
    else if (chosen) element(chosen.id).scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  return frame;
}

/** What is known of the chosen thing: its rows, the members of a group, and its card. */
function papersPanel(model, signal) {
  const rows = h("div", { class: "sl-papers", "data-testid": "papers", tabindex: 0, "aria-label": "papers" });
  const members = h("div", { class: "sl-members", "data-testid": "members" });
  const open = h(
    "button",
    { type: "button", "data-testid": "card", onclick: () => model.send({ type: "card" }) },
    "Show its card",
  );
  const card = h("pre", { class: "sl-cardtext", "data-testid": "card-text", tabindex: 0 });
  follow(model, signal, ["papers"], () => {
    const known = model.get("papers");
    const row = ([name, text]) => [h("span", { role: "term" }, name), h("span", { role: "definition" }, text)];
    rows.replaceChildren(...known.rows.flatMap(row));
    rows.hidden = !known.rows.length;
    const button = ([id, name]) => h("button", { type: "button", onclick: () => write(model, { selected: id }) }, name);
    const more = known.more ? [h("span", { class: "sl-foot" }, `and ${known.more} more: find them by name`)] : [];
    members.replaceChildren(...known.members.map(button), ...more);
    members.hidden = !known.members.length;
    open.hidden = !known.has_card;
  });
  follow(model, signal, ["card"], () => {
    card.textContent = model.get("card");
    card.hidden = !model.get("card");
  });
  return [rows, members, open, card];
}

function render({ model, el }) {
  const gone = new AbortController();
  const { signal } = gone;
  const find = h("input", { type: "search", "data-testid": "find", placeholder: "name, path or hash" });
  find.addEventListener("change", () => find.value.trim() && write(model, { selected: find.value.trim() }));
  const clear = h("button", { type: "button", "data-testid": "clear", onclick: () => write(model, { selected: "" }) }, "Choose nothing");
  const verdict = h("div", { class: "sl-verdict", role: "status", "data-testid": "verdict" });
  follow(model, signal, ["verdict"], () => {
    verdict.textContent = model.get("verdict") || "Choose a box: what is known of it, and what hangs on it?";
    clear.disabled = !model.get("verdict");
  });
  const words = h("div", { class: "sl-hidden", "data-testid": "description" });
  follow(model, signal, ["description"], () => (words.textContent = model.get("description")));
  const root = instrument(
    model,
    signal,
    { name: "lineage", label: "Lineage graph" },
    h(
      "div",
      { class: "sl-bar" },
      h("label", { class: "sl-control sl-field" }, h("span", {}, "find"), find),
      checkbox(model, signal, "connected", "only what is connected"),
      clear,
    ),
    graph(model, signal),
    verdict,
    ...papersPanel(model, signal),
    words,
    codePanel(model, signal),
  );
  el.append(root);
  return () => gone.abort();
}

export default { render };
