// augmentation_bench.js: AugmentationBench. Cards that make a policy, and the draws it makes.

/** Where on a slider of 0 to 100 a value lies, and back; octaves are even on a "log" one. */
function scaleOf({ least, most, scale }) {
  if (scale === "log") {
    const span = Math.log(most / least);
    return { at: (p) => least * Math.exp((span * p) / 100), from: (v) => (100 * Math.log(v / least)) / span };
  }
  const span = most - least;
  const round = scale === "whole" ? Math.round : (v) => v;
  return { at: (p) => round(least + (span * p) / 100), from: (v) => (100 * (v - least)) / span };
}

const inWords = (value, unit) => `${+value.toPrecision(3)}${unit ? ` ${unit}` : ""}`.replace("-", "−");

/** Two sliders for the ends of a range; one pushes the other along. */
function rangeSliders(of, index, change) {
  const { at, from } = scaleOf(of);
  const value = h("output", { class: "sl-value sl-wide" });
  const ends = ["lowest", "highest"].map((end, which) => {
    const input = h("input", { type: "range", min: 0, max: 100, step: 0.5, "data-testid": `${of.name}-${which}-${index}` });
    input.addEventListener("input", () => change(({ settings }) => {
      const pair = [...settings[of.name]];
      pair[which] = Math.min(Math.max(at(input.valueAsNumber), of.least), of.most);
      if (pair[0] > pair[1]) pair[1 - which] = pair[which];
      settings[of.name] = pair;
    }));
    return { input, end };
  });
  const update = ({ name, settings }) => {
    const pair = settings[of.name];
    ends.forEach(({ input, end }, which) => {
      if (document.activeElement !== input) input.value = from(pair[which]);
      input.setAttribute("aria-label", `${end} ${of.name} of ${name}`);
      input.setAttribute("aria-valuetext", inWords(pair[which], of.unit));
    });
    value.textContent = `${inWords(pair[0], "")} to ${inWords(pair[1], of.unit)}`;
  };
  const element = h("span", { class: "sl-control" }, h("span", {}, of.name), ends[0].input, ends[1].input, value);
  return { element, update };
}

/** A menu for a setting that is chosen and not drawn. */
function choiceMenu(of, index, change) {
  const select = h("select", { "data-testid": `${of.name}-${index}` });
  select.append(...of.values.map((value, i) => h("option", { value: i }, String(value))));
  select.addEventListener("change", () => change(({ settings }) => (settings[of.name] = of.values[select.value])));
  const update = ({ settings }) => (select.value = of.values.indexOf(settings[of.name]));
  return { element: h("label", { class: "sl-control" }, h("span", {}, of.name), select), update };
}

/** The policy as cards. They are built anew when their order changes, else only brought up to date. */
function policyCards(model, signal) {
  const kinds = () => new Map(model.get("options").transforms.map((kind) => [kind.name, kind]));
  const list = h("div", { class: "sl-cards", role: "list", "aria-label": "Policy", "data-testid": "cards" });
  const edit = (act) => {
    const cards = structuredClone(model.get("cards"));
    act(cards);
    write(model, { cards });
  };

  function card(now, index) {
    const kind = kinds().get(now.name);
    const change = (act) => edit((cards) => act(cards[index]));
    const button = (text, label, act, disabled = false) =>
      h("button", { type: "button", "aria-label": `${label} ${now.name}`, disabled, onclick: () => edit(act) }, text);
    const on = h("input", { type: "checkbox", "data-testid": `on-${index}`, "aria-label": `${now.name} on` });
    on.addEventListener("change", () => change((one) => (one.on = on.checked)));
    const p = h("input", { type: "range", min: 0, max: 1, step: 0.05, "data-testid": `p-${index}`, "aria-label": `probability of ${now.name}` });
    p.addEventListener("input", () => change((one) => (one.p = p.valueAsNumber)));
    const percent = h("output", { class: "sl-value" });
    const parts = [
      ...kind.settings.map((of) => rangeSliders(of, index, change)),
      ...kind.options.map((of) => choiceMenu(of, index, change)),
    ];
    const drew = h("span", { class: "sl-drew", "data-testid": `drew-${index}` });
    const swap = (cards, i) => cards.splice(i, 2, cards[i + 1], cards[i]);
    const last = model.get("cards").length - 1;
    const element = h(
      "div",
      { class: "sl-card", role: "listitem", "data-testid": `card-${index}`, "aria-label": now.name },
      on, h("b", { title: kind.about }, now.name),
      h("label", { class: "sl-control" }, h("span", {}, "p"), p, percent),
      ...parts.map((part) => part.element),
      button("↑", "move up", (cards) => swap(cards, index - 1), index === 0),
      button("↓", "move down", (cards) => swap(cards, index), index === last),
      button("✕", "remove", (cards) => cards.splice(index, 1)),
      drew,
    );
    const update = (one) => {
      on.checked = one.on;
      if (p.valueAsNumber !== one.p) p.value = one.p;
      percent.textContent = `${Math.round(100 * one.p)} %`;
      p.setAttribute("aria-valuetext", percent.textContent);
      element.classList.toggle("sl-off", !one.on);
      parts.forEach((part) => part.update(one));
    };
    return { element, update, drew };
  }

  let shown = [];
  let names = null;
  const tellDraw = () => {
    const lines = model.get("drawn")[model.get("draw")] ?? [];
    shown.forEach(({ drew, element }, i) => {
      drew.textContent = lines[i] ? `this draw: ${lines[i]}` : "";
      element.classList.toggle("sl-idle", lines[i] === "not applied");
    });
  };
  follow(model, signal, ["cards", "options"], () => {
    const cards = model.get("cards");
    const rate = model.get("options").transforms.map(({ settings }) => settings.map(({ most }) => most)).join();
    const now = `${cards.map((one) => one.name)} ${rate}`;
    if (now !== names) {
      const held = list.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
      names = now;
      shown = cards.map(card);
      list.replaceChildren(...shown.map(({ element }) => element));
      if (held) list.querySelector(`[data-testid="${held}"]`)?.focus();
    }
    shown.forEach(({ update }, i) => update(cards[i]));
    tellDraw();
  });
  follow(model, signal, ["drawn", "draw"], tellDraw);

  const choice = h("select", { "data-testid": "transform", "aria-label": "transform to add" });
  choice.append(...[...kinds().values()].map(({ name, about }) => h("option", { value: name, title: about }, name)));
  const about = h("span", { class: "sl-foot", "data-testid": "about" });
  const tell = () => (about.textContent = kinds().get(choice.value).about);
  choice.addEventListener("change", tell);
  tell();
  const add = h("button", { type: "button", "data-testid": "add" }, "Add card");
  add.addEventListener("click", () => edit((cards) => cards.push({ ...kinds().get(choice.value).card, p: 1 })));
  return [list, h("div", { class: "sl-bar" }, choice, add, about)];
}

/** Fill an outline up with silence, so that all share one axis of time. */
function padded({ low, high, duration_s }, longest) {
  const fill = (bytes) => {
    const values = typed(bytes, Float32Array);
    const out = new Float32Array(Math.max(values.length, Math.round((values.length * longest) / duration_s)));
    out.set(values);
    return out;
  };
  return { low: fill(low), high: fill(high) };
}

function render({ model, el }) {
  const gone = new AbortController();
  const { signal } = gone;
  const player = new Player(() => {});
  const options = model.get("options");
  const limit = () => options.max_upload_bytes;
  const draws = Array.from({ length: options.draws }, (_, i) => `_draw_${i}`);
  const readout = h("div", { class: "sl-readout", "data-testid": "readout" }, " ");
  const onpoint = {
    read: (text) => (readout.textContent = text),
    seek: (seconds) => player.seek(seconds),
    select: () => {},
    selected: () => {},
  };

  // Number 0 is the sound before; 1 to 5 are the draws.
  const choose = (index) =>
    write(model, index ? { heard: "after", draw: index - 1 } : { heard: "before" });
  const number = () => (model.get("heard") === "before" ? 0 : 1 + model.get("draw"));
  const versions = new Versions(player, { label: "What is heard", choose });
  versions.name(["before", ...draws.map((_, i) => `draw ${i + 1}`)]);

  const panes = ["before", "after"].map((name) => new Pane(model, {
    suffix: name,
    label: `Spectrogram, ${name}`,
    outline: () => model.get(`_picture_${name}`),
    onpoint,
  }));
  const captions = ["before", "after"].map((name) => h(
    "button",
    { type: "button", "data-testid": `hear-${name}`, onclick: () => write(model, { heard: name }) },
    name,
  ));

  const again = h("button", { type: "button", "data-testid": "again" }, "Five new draws");
  again.addEventListener("click", () => write(model, { seed: model.get("seed") + options.draws }));
  const seed = { parse: (text) => (/^\d+$/.test(text) ? Number(text) : null) };
  const busy = h("span", { class: "sl-foot", "data-testid": "pending" });
  follow(model, signal, ["pending"], () => {
    const count = model.get("pending").length;
    busy.textContent = count ? `${count} draws to come …` : "";
    versions.list.setAttribute("aria-busy", count > 0);
  });

  const records = h("ol", { class: "sl-records", "aria-label": "What each draw did", "data-testid": "records" });
  follow(model, signal, ["drawn", "cards"], () => {
    const names = model.get("cards").map((one) => one.name);
    const told = (lines) => names.map((name, i) => [name, lines?.[i]]).filter(([, line]) => line && line !== "not applied");
    const inOne = (lines) => told(lines).map(([name, line]) => `${name} ${line}`).join("; ") || "nothing was applied";
    records.replaceChildren(...draws.map((_, i) => h("li", {}, `draw ${i + 1}: ${inOne(model.get("drawn")[i])}`)));
  });

  const verdict = h("div", { class: "sl-verdict", "aria-live": "polite", "data-testid": "verdict" });
  follow(model, signal, ["verdict"], () => {
    const { keeps, words } = model.get("verdict");
    verdict.hidden = !words;
    verdict.className = `sl-verdict ${keeps ? "sl-yes" : "sl-no"}`;
    verdict.textContent = words ?? "";
  });

  const bar = transport(model, signal, player);
  const clips = [["", "your own sound"], ...options.clips.map((name) => [name, name])];
  bar.bar.append(
    checkbox(model, signal, "level_matched", "same level"),
    menu(model, signal, "clip", "clip", clips),
    fileButton(model, { limit, label: "Open or drop a file" }),
  );
  const labels = [["", "none in particular"], ...Object.entries(options.labels).map(([name, what]) => [name, `${name}: ${what}`])];
  const small = (text) => h("div", { class: "sl-title-small" }, text);
  const code = codePanel(model, signal);
  code.firstChild.after(menu(model, signal, "dialect", "in the words of", options.dialects.map((name) => [name, name])));
  const root = instrument(
    model,
    signal,
    { name: "augmentation-bench", label: "Augmentation bench" },
    bar.bar,
    h("div", { class: "sl-panes sl-grid" }, ...panes.map((pane, i) => h("div", { class: "sl-pane" }, captions[i], pane.plot))),
    readout,
    small("The policy, from top to bottom"),
    ...policyCards(model, signal),
    h("div", { class: "sl-bar" }, menu(model, signal, "keeps", "label that must stay true", labels)),
    verdict,
    small("Five draws from it"),
    h("div", { class: "sl-bar" }, again, field(model, signal, "seed", "rng", seed), busy),
    versions.list,
    records,
    h("p", { class: "sl-hidden", "aria-live": "polite", "data-testid": "description" }),
    h("div", { class: "sl-foot" }, "Space plays and pauses, 1 is the sound before and 2 to 6 are the draws, B switches between before and after, left and right seek, N draws anew."),
    code,
  );
  dropTarget(model, root, { limit });
  root.addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT", "PRE", "SUMMARY"].includes(event.target.tagName);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const digit = Number.parseInt(event.key, 10) - 1;
    const act = {
      " ": () => player.toggle(),
      ArrowLeft: () => player.seek(player.position - 0.1),
      ArrowRight: () => player.seek(player.position + 0.1),
      Home: () => player.seek(0),
      b: () => write(model, { heard: model.get("heard") === "before" ? "after" : "before" }),
      n: () => again.click(),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act && !(event.key === " " && event.target.tagName === "BUTTON")) act();
    else if (digit >= 0 && digit <= options.draws) choose(digit);
    else return;
    event.preventDefault();
  });

  const place = () => {
    for (const pane of panes) pane.place(player, []);
    versions.place();
    bar.update();
    root.dataset.position = player.position.toFixed(4);
    root.dataset.playing = player.playing;
  };
  // Several sounds change in one message, and the picture that came with them is painted first.
  const reload = afterPaint(signal, () => {
    const before = model.get("_before");
    // A draw that is still to come is silent until it is there.
    const nothing = { duration_s: before.duration_s, pcm: new Uint8Array(0), low: new Uint8Array(4), high: new Uint8Array(4) };
    const sounds = [before, ...draws.map((name) => model.get(name))].map((one) => (one.pcm ? one : nothing));
    const [at, wasPlaying] = [player.position, player.playing];
    const duration = Math.max(...sounds.map((one) => one.duration_s));
    player.load(sounds.map(({ pcm }) => pcm), { sr: before.sr, channels: before.channels, duration });
    player.seek(Math.min(at, duration));
    if (wasPlaying) player.play();
    versions.draw(sounds.map((one) => padded(one, duration)));
    place();
  });
  follow(model, signal, ["_before", ...draws], reload);
  follow(model, signal, ["heard", "draw"], () => {
    player.chosen = number();
    versions.mark(number());
    captions.forEach((button, i) => button.setAttribute("aria-pressed", (i === 0) === (number() === 0)));
  });
  follow(model, signal, ["description"], () => {
    root.querySelector("[data-testid=description]").textContent = model.get("description");
  });
  el.append(root);
  panes.forEach((pane) => {
    follow(model, signal, [pane.trait, "_colours", "db_range"], () => {
      pane.take();
      place();
    });
  });
  redrawOn(root, signal, () => {
    panes.forEach((pane) => pane.draw());
    versions.draw();
    place();
  });
  animate(player, signal, place);
  return () => gone.abort();
}

export default { render };
