// take_cards.js: the takes that were made, each with its small picture and what can be done with it.

function paintThumb(canvas, { thumb, rows, columns }, palette) {
  const levels = typed(thumb, Uint8Array);
  const image = new ImageData(columns, rows);
  for (let i = 0; i < levels.length; i++) {
    const at = 4 * ((rows - 1 - Math.floor(i / columns)) * columns + (i % columns));
    image.data.set(palette.subarray(3 * levels[i], 3 * levels[i] + 3), at);
    image.data[at + 3] = 255;
  }
  canvas.width = columns;
  canvas.height = rows;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const choices = ({ seed, guidance, temperature, top_k, top_p, duration_s }) =>
  [
    `${duration_s.toFixed(1)} s`,
    `seed ${seed}`,
    guidance == null ? null : `guidance ${+guidance.toFixed(2)}`,
    `temperature ${+temperature.toFixed(2)}`,
    top_k ? `top-k ${top_k}` : "all tokens",
    top_p == null || top_p === 1 ? null : `top-p ${+top_p.toFixed(2)}`,
  ].filter(Boolean).join(" · ");

/** The list of takes. `deck` plays the one on the stage; `select` puts another there. */
function takeCards(model, signal, deck, { select }) {
  const palette = typed(model.get("_colours"), Uint8Array);
  const list = h("div", { class: "sl-takes", role: "list", "aria-label": "Takes", "data-testid": "takes" });
  let shown = [];

  const act = (type, number) => () => model.send({ type, number });
  const toPair = (slot, number) => () => {
    const pair = [...model.get("pair")];
    const numbers = model.get("_cards").map((card) => card.number);
    if (pair[1 - slot] === number) pair[1 - slot] = pair[slot];
    pair[slot] = number;
    pair[1 - slot] ??= numbers.findLast((other) => other !== number);
    if (pair[1 - slot] !== undefined) write(model, { pair });
  };

  function card(take) {
    const { number, prompt, model: name, licence } = take;
    const canvas = h("canvas", { class: "sl-thumb", "aria-hidden": "true" });
    paintThumb(canvas, take, palette);
    const head = h("div", { class: "sl-playhead" });
    const button = (text, label, id, onclick, extra = {}) =>
      h("button", { type: "button", "aria-label": `${label} take ${number}`, title: `${label} take ${number}`,
        "data-testid": `${id}-${number}`, onclick, ...extra }, text);
    const play = button("▶", "Play", "play-take", () => select(number, { play: true }), { class: "sl-round" });
    const slots = ["A", "B"].map((slot, i) =>
      button(slot, `Compare as ${slot}:`, `as-${slot}`, toPair(i, number), { class: "sl-slot" }));
    const saved = h("span", { class: "sl-saved" });
    const open = () => select(number, { play: false });
    const element = h("div", { class: "sl-take", role: "listitem", "data-testid": `take-${number}` },
      play,
      h("div", { class: "sl-thumb-frame", onclick: open }, canvas, head),
      h("div", { class: "sl-take-words", onclick: open },
        h("div", { class: "sl-take-prompt", title: prompt.slice(0, 1000) }, h("b", {}, `${number}  `), prompt.slice(0, 300)),
        h("div", { class: "sl-foot" }, choices(take), ` · ${name.split("/").at(-1)} · ${licence}`, saved)),
      h("div", { class: "sl-take-acts" },
        h("span", { class: "sl-slots" }, ...slots),
        button("↺", "Use the settings of", "reuse", act("reuse", number)),
        button("save", "Save", "save", act("save", number)),
        button("✕", "Delete", "delete", act("delete", number))));
    const update = (now) => {
      saved.textContent = now.saved ? ` · saved: ${now.saved}` : "";
      const [selected, pair] = [model.get("selected"), model.get("pair")];
      element.classList.toggle("sl-chosen", selected === number);
      element.setAttribute("aria-current", selected === number);
      slots.forEach((slot, i) => slot.setAttribute("aria-pressed", pair[i] === number));
    };
    const place = () => {
      const on = deck.number === number && deck.duration > 0;
      head.hidden = !on;
      if (on) head.style.left = `${(100 * deck.position) / deck.total}%`;
      const label = on && deck.playing ? "⏸" : "▶";
      if (play.textContent !== label) play.textContent = label;
    };
    return { number, element, update, place };
  }

  follow(model, signal, ["_cards"], () => {
    const cards = model.get("_cards");
    const known = new Map(shown.map((one) => [one.number, one]));
    shown = cards.map((take) => known.get(take.number) ?? card(take));
    list.replaceChildren(...shown.map(({ element }) => element).reverse()); // the newest first
    list.hidden = !cards.length;
  });
  follow(model, signal, ["_cards", "selected", "pair"], () => {
    for (const take of model.get("_cards")) shown.find(({ number }) => number === take.number)?.update(take);
  });
  return { list, place: () => shown.forEach(({ place }) => place()) };
}
