// watermark_lab.js: WatermarkLab. Mark, listen, attack, and watch the detector.

const VERSIONS = ["original", "marked", "difference", "attacked"];
const X = VERSIONS.length; // the player's place for the sound X of the listening test

const title = (text) => h("div", { class: "sl-title-small" }, text);

/** The attacks in order, as cards. Built anew when their order changes, else only updated. */
function attackCards(model, signal) {
  const known = new Map(model.get("options").attacks.map((attack) => [attack.name, attack]));
  const cards = h("div", { class: "sl-cards", role: "list", "data-testid": "cards" });
  const chain = () => model.get("chain").map((step) => ({ ...step }));
  const change = (edit) => {
    const steps = chain();
    edit(steps);
    write(model, { chain: steps });
  };
  const nearest = (positions, value) => {
    const distances = positions.map((position) => Math.abs(position - value));
    return distances.indexOf(Math.min(...distances));
  };
  const unit = (step) => `${+step.strength.toPrecision(3)} ${known.get(step.name).unit}`;

  function card(step, index) {
    const { about, positions } = known.get(step.name);
    const range = h("input", { type: "range", min: 0, max: positions.length - 1, "data-testid": `strength-${index}` });
    const value = h("output", { class: "sl-value" });
    range.setAttribute("aria-label", `strength of ${step.name}, from mild to brutal`);
    range.addEventListener("input", () => change((s) => (s[index].strength = positions[range.valueAsNumber])));
    const on = h("input", { type: "checkbox", "data-testid": `on-${index}`, "aria-label": `${step.name} on` });
    on.addEventListener("change", () => change((s) => (s[index].on = on.checked)));
    const button = (text, label, edit) =>
      h("button", { type: "button", "aria-label": `${label} ${step.name}`, onclick: () => change(edit) }, text);
    const element = h(
      "div",
      { class: "sl-card", role: "listitem", "data-testid": `card-${index}` },
      on, h("b", {}, step.name), range, value,
      button("↑", "move up", (s) => index && s.splice(index - 1, 2, s[index], s[index - 1])),
      button("✕", "remove", (s) => s.splice(index, 1)),
      h("span", { class: "sl-foot" }, about),
    );
    const update = (now) => {
      if (positions[range.valueAsNumber] !== now.strength) range.value = nearest(positions, now.strength);
      value.textContent = unit(now);
      range.setAttribute("aria-valuetext", unit(now));
      on.checked = now.on;
      element.classList.toggle("sl-off", !now.on);
    };
    return { element, update };
  }

  let shown = [];
  let names = null;
  follow(model, signal, ["chain"], () => {
    const steps = model.get("chain");
    const now = steps.map((step) => step.name).join();
    if (now !== names) {
      names = now;
      shown = steps.map(card);
      cards.replaceChildren(...shown.map(({ element }) => element));
    }
    shown.forEach(({ update }, i) => update(steps[i]));
  });

  const choice = h("select", { "data-testid": "attack", "aria-label": "attack to add" });
  choice.append(...[...known.values()].map(({ name }) => h("option", { value: name }, name)));
  const add = h("button", { type: "button", "data-testid": "add" }, "Add attack");
  add.addEventListener("click", () => {
    const { name, default: strength } = known.get(choice.value);
    change((steps) => steps.push({ name, strength, on: true }));
  });
  return [cards, h("div", { class: "sl-bar" }, choice, add)];
}

/** What the detector says: in words, on a gauge, bit by bit. */
function detector(model, signal, trait, label) {
  const words = h("div", { "aria-live": "polite" });
  const bar = h("i");
  const needed = h("u");
  const gauge = h("div", { class: "sl-gauge", "aria-hidden": "true" }, bar, needed);
  const numbers = h("div", { class: "sl-foot", "data-testid": `${trait}-numbers` });
  const bits = h("div", { class: "sl-bits", "data-testid": `${trait}-bits` });
  const box = h("div", { class: "sl-verdict", "data-testid": trait }, words, gauge, bits, numbers);
  follow(model, signal, [trait], () => {
    const result = model.get(trait);
    box.hidden = !("judged" in result);
    if (box.hidden) return;
    const { judged, present, score } = result;
    box.className = `sl-verdict ${judged ? (present ? "sl-yes" : "sl-no") : ""}`;
    words.textContent = (label ? `${label}: ` : "") + result.words;
    gauge.hidden = !judged;
    bits.hidden = !result.bits;
    numbers.textContent = `The mark lies ${result.snr_db.toFixed(1)} dB below the sound.`;
    if (!judged) return;
    bar.style.width = `${(100 * Math.min(Math.max(score, 0), result.full)) / result.full}%`;
    needed.style.left = `${(100 * result.needed) / result.full}%`;
    const wrong = result.wrong.filter(Boolean).length;
    bits.replaceChildren(
      ...[...result.bits].map((bit, i) => (result.wrong[i] ? h("s", {}, bit) : bit)),
    );
    bits.setAttribute("aria-label", `bits read: ${result.bits}, ${wrong} of them wrong`);
    const facts = [`score ${score.toFixed(result.full > 1 ? 1 : 2)}, ${result.needed} needed`];
    if (result.bits) facts.push(`${wrong} bits wrong`);
    if (present && result.bits) {
      const { offset_s, stretch, pitch, pieces } = result;
      const where = pieces > 1 ? `found in ${pieces} pieces, the first` : "found";
      facts.push(`${where} ${offset_s.toFixed(2)} s into the pattern, length × ${stretch.toFixed(3)}, pitch × ${pitch.toFixed(3)}`);
    }
    numbers.textContent += ` ${facts.join(" · ")}.`;
  });
  return box;
}

function listeningTest(model, signal, player) {
  const words = h("p", { "aria-live": "polite", "data-testid": "abx-words" });
  const hear = (text, index) =>
    h("button", { type: "button", "data-testid": `hear-${text}`, onclick: () => {
      player.chosen = index;
      if (!player.playing) player.play();
    } }, `Hear ${text}`);
  const say = (answer) =>
    h("button", { type: "button", "data-testid": `say-${answer}`, onclick: () => model.send({ type: "abx", answer }) }, `X is ${answer}`);
  const begin = h("button", { type: "button", "data-testid": "abx", onclick: () => model.send({ type: "abx" }) }, "Begin a test");
  const bar = h("div", { class: "sl-bar" }, hear("A", 0), hear("B", 1), hear("X", X), say("A"), say("B"));
  follow(model, signal, ["abx"], () => {
    const abx = model.get("abx");
    bar.hidden = !("trials" in abx);
    const last = abx.last == null ? "" : abx.last ? "Right. " : "Wrong. ";
    words.textContent = last + (abx.words ?? "Decide first how many times you will listen: ten, say.");
  });
  return h("details", { class: "sl-code" }, h("summary", {}, "Can you hear it? A blind test"), begin, bar, words);
}

function robustnessMap(model, signal) {
  const run = h("button", { type: "button", "data-testid": "map" });
  const progress = h("progress", { "aria-label": "progress of the map" });
  const table = h("table", { class: "sl-map", "data-testid": "map-table" });
  run.addEventListener("click", () => model.send({ type: "map", run: !model.get("robustness").running }));
  follow(model, signal, ["robustness"], () => {
    const { attacks = [], steps = [], cells = [], running = false } = model.get("robustness");
    run.textContent = running ? "Stop" : "Fill the map";
    progress.hidden = !running;
    progress.max = attacks.length * steps.length;
    progress.value = cells.length;
    const cell = ({ score, present, exact, strength, note }) => {
      const read = score == null ? "cannot tell" : `${score.toFixed(0)}${present && !exact ? " ≠" : ""}`;
      const kind = score == null ? "" : present ? "sl-yes" : "sl-no";
      return h("td", { class: kind, title: note || `score ${read} at ${strength}` }, `${strength}: ${read}`);
    };
    table.replaceChildren(
      ...attacks.map(([name, about], row) => h(
        "tr", {},
        h("th", { scope: "row", title: about }, name),
        ...steps.map((_, i) => cells[row * steps.length + i]).filter(Boolean).map(cell),
      )),
    );
  });
  return h(
    "details",
    { class: "sl-code", "data-testid": "map-panel" },
    h("summary", {}, "Robustness map"),
    h("div", { class: "sl-bar" }, run, progress),
    h("div", { class: "sl-foot" }, "Each cell: the attack's strength, and the score (6 is needed); ≠ where the payload is misread."),
    table,
  );
}

function render({ model, el }) {
  const gone = new AbortController();
  const { signal } = gone;
  const player = new Player(() => {});
  const options = model.get("options");
  const limit = () => options.max_upload_bytes;
  const strengths = options.strengths.map((name) => [name, name]);
  const seconds = options.seconds.map((name) => [name, name]);
  const readout = h("div", { class: "sl-readout", "data-testid": "readout" }, " ");
  const onpoint = {
    read: (text) => (readout.textContent = text),
    seek: (seconds) => player.seek(seconds),
    select: () => {},
    selected: () => {},
  };

  const panes = VERSIONS.map((name) => new Pane(model, {
    suffix: name,
    label: `Spectrogram, ${name}`,
    outline: () => model.get(`_${name}`),
    onpoint,
  }));
  const choose = (index) => write(model, { version: index });
  const captions = VERSIONS.map((name, i) => h(
    "button",
    { type: "button", role: "radio", "data-testid": `hear-${name}`, onclick: () => choose(i) },
    `${i + 1}  ${name}`,
  ));
  const grid = h(
    "div",
    { class: "sl-panes sl-grid", role: "radiogroup", "aria-label": "Version that is heard" },
    ...panes.map((pane, i) => h("div", { class: "sl-pane" }, captions[i], pane.plot)),
  );

  const payload = {
    parse: (text) => (/^(0x[\da-f]+|\d+)$/i.test(text) ? Number(text) : null),
    show: (value) => `0x${value.toString(16).toUpperCase()}`,
  };
  const bits = h("select", { "data-testid": "bits" }, h("option", { value: 16 }, "16"), h("option", { value: 32 }, "32"));
  bits.addEventListener("change", () => write(model, { bits: Number(bits.value) }));
  follow(model, signal, ["bits", "error"], () => (bits.value = model.get("bits")));

  const bar = transport(model, signal, player);
  const clips = [["", "your own sound"], ...options.clips.map((name) => [name, name])];
  bar.bar.append(menu(model, signal, "clip", "clip", clips), fileButton(model, { limit, label: "Open a file" }));

  const checked = h("div", { class: "sl-verdict", "aria-live": "polite", "data-testid": "checked" });
  follow(model, signal, ["checked_file"], () => {
    const { name, present, words } = model.get("checked_file");
    checked.hidden = !name;
    checked.className = `sl-verdict ${present ? "sl-yes" : "sl-no"}`;
    checked.textContent = `${name}: ${words}`;
  });

  const root = instrument(
    model,
    signal,
    { name: "watermark-lab", label: "Watermark lab" },
    bar.bar,
    h(
      "div",
      { class: "sl-bar" },
      field(model, signal, "key", "key"),
      field(model, signal, "payload", "payload", payload),
      h("label", { class: "sl-control" }, h("span", {}, "bits"), bits),
      menu(model, signal, "strength", "strength", strengths),
      menu(model, signal, "second", "compare with", [["", "no other"], ...seconds]),
    ),
    grid,
    readout,
    title("Attacks, in order"),
    ...attackCards(model, signal),
    title("What the detector finds in the attacked sound"),
    h("div", { class: "sl-bar" }, field(model, signal, "detect_key", "read with key", { placeholder: "the same" })),
    detector(model, signal, "result", ""),
    detector(model, signal, "result_b", "The other mark"),
    h("div", { class: "sl-bar" }, fileButton(model, { limit, label: "Check a file for this mark, or drop one", purpose: "check" })),
    checked,
    listeningTest(model, signal, player),
    robustnessMap(model, signal),
    h("p", { class: "sl-hidden", "data-testid": "description" }),
    h("div", { class: "sl-foot" }, "Space plays and pauses, 1 to 4 choose what is heard, left and right seek."),
    codePanel(model, signal),
  );
  dropTarget(model, root, { limit, purpose: "check" });
  root.addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT", "PRE", "SUMMARY"].includes(event.target.tagName);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const digit = Number.parseInt(event.key, 10) - 1;
    const act = {
      " ": () => player.toggle(),
      ArrowLeft: () => player.seek(player.position - 0.1),
      ArrowRight: () => player.seek(player.position + 0.1),
      Home: () => player.seek(0),
    }[event.key];
    if (act && !(event.key === " " && event.target.tagName === "BUTTON")) act();
    else if (digit >= 0 && digit < VERSIONS.length) choose(digit);
    else return;
    event.preventDefault();
  });

  const place = () => {
    for (const pane of panes) pane.place(player, []);
    bar.update();
    root.dataset.position = player.position.toFixed(4);
    root.dataset.playing = player.playing;
  };
  let waiting = false; // several sounds change in one message: load them once
  const reload = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      const sounds = [...VERSIONS.map((name) => model.get(`_${name}`)), model.get("_x")].filter((s) => s.pcm);
      const [at, wasPlaying] = [player.position, player.playing];
      const { sr, channels } = sounds[0];
      const duration = Math.max(...sounds.map((sound) => sound.duration_s));
      player.load(sounds.map(({ pcm }) => pcm), { sr, channels, duration });
      player.seek(Math.min(at, duration));
      if (wasPlaying) player.play();
    });
  };
  follow(model, signal, ["_original", "_marked", "_difference", "_attacked", "_x"], reload);
  follow(model, signal, ["version"], () => {
    const version = model.get("version");
    player.chosen = version;
    captions.forEach((button, i) => {
      button.setAttribute("aria-checked", i === version);
      button.tabIndex = i === version ? 0 : -1;
    });
  });
  follow(model, signal, ["_difference"], () => {
    const { gain_db } = model.get("_difference");
    captions[2].textContent = `3  difference, ${gain_db.toFixed(0)} dB louder`;
  });
  follow(model, signal, ["description"], () => {
    root.querySelector("[data-testid=description]").textContent = model.get("description");
  });
  el.append(root);
  panes.forEach((pane) => {
    follow(model, signal, [pane.trait], () => {
      pane.take();
      place();
    });
  });
  redrawOn(root, signal, () => {
    panes.forEach((pane) => pane.draw());
    place();
  });
  animate(player, signal, place);
  return () => gone.abort();
}

export default { render };
