// studio_form.js: what a take is asked for. The words, the luck, the model and its licence.

/** The prompt: a box that grows, chips that put words into it, and Generate. */
function promptBox(model, signal, { generate }) {
  const box = h("textarea", {
    class: "sl-prompt", rows: 1, "data-testid": "prompt", "aria-label": "What do you want to hear?",
    placeholder: "What do you want to hear?", spellcheck: "false",
  });
  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 140)}px`;
  };
  let timer = 0;
  const tell = () => {
    clearTimeout(timer);
    if (box.value !== model.get("prompt")) write(model, { prompt: box.value });
  };
  box.addEventListener("input", () => {
    grow();
    clearTimeout(timer);
    timer = setTimeout(tell, 250);
  });
  box.addEventListener("change", tell);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    generate(event);
  });
  follow(model, signal, ["prompt"], () => {
    if (document.activeElement !== box || !timer) box.value = model.get("prompt");
    requestAnimationFrame(grow);
  });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { box, tell, grow };
}

const asWords = (text) => text.split(/\s+/).filter(Boolean);

const inPrompt = (word) => new RegExp(`(^|\\s)(and\\s+)?${word}(?=[\\s,.]|$)`, "i");

/** Put a word into a prompt where it reads well, or take it out; a prompt has one tempo, one mood. */
function withWord(prompt, word, kind, kinds) {
  const out = (text, gone) => asWords(text.replace(inPrompt(gone), " ")).join(" ").replace(/^and /i, "");
  if (inPrompt(word).test(prompt)) return out(prompt, word);
  if (kind !== "instruments") {
    const other = kinds[kind].find((one) => inPrompt(one).test(prompt));
    if (other) return prompt.replace(inPrompt(other), (_, space) => `${space}${word}`);
  }
  if (kind === "tempo" || kind === "mood") return `${word} ${prompt}`.trim();
  const another = kind === "instruments" && kinds.instruments.some((one) => inPrompt(one).test(prompt));
  return `${prompt.trim()}${another ? " and" : ""} ${word}`.trim();
}

function suggestionChips(model, signal, { box, grow }) {
  const kinds = model.get("options").suggestions;
  const put = (prompt) => {
    box.value = prompt;
    write(model, { prompt });
    grow();
  };
  const chip = (kind, word) =>
    h("button", { type: "button", class: `sl-chip sl-chip-${kind}`, "data-testid": `chip-${word}`,
      onclick: () => put(withWord(box.value, word, kind, kinds)) }, word);
  const chips = Object.entries(kinds).flatMap(([kind, words]) => words.map((word) => [word, chip(kind, word)]));
  const surprise = h("button", { type: "button", class: "sl-chip", "data-testid": "surprise",
    title: "What a listener might say of a piece that the course's own composer thinks up",
    onclick: () => model.send({ type: "surprise" }) }, "⚄ surprise me");
  follow(model, signal, ["prompt"], () => {
    for (const [word, button] of chips) {
      button.setAttribute("aria-pressed", inPrompt(word).test(model.get("prompt")));
    }
  });
  return h("div", { class: "sl-chips", role: "group", "aria-label": "Words to ask with" },
    ...chips.map(([, button]) => button), surprise);
}

const TOP_K = [1, 2, 5, 10, 25, 50, 100, 250, 500, 0]; // 0: all
const nearest = (value) => {
  if (value === 0) return TOP_K.length - 1;
  const off = TOP_K.slice(0, -1).map((k) => Math.abs(Math.log(k / value)));
  return off.indexOf(Math.min(...off));
};

function seedControl(model, signal) {
  const parse = (text) => (/^\d+$/.test(text) ? Number(text) : null);
  const control = field(model, signal, "seed", "seed", { parse, inputmode: "numeric" });
  const roll = h("button", { type: "button", class: "sl-dice", "data-testid": "dice", title: "Draw another seed",
    "aria-label": "Draw another seed", onclick: () => model.send({ type: "dice" }) }, "⚄");
  return [control, roll, checkbox(model, signal, "keep_seed", "keep")];
}

function settingsForm(model, signal) {
  const { models, devices, max_duration_s } = model.get("options");
  const seconds = (value) => `${value} s`;
  const hint = (control, title) => {
    control.title = title;
    return control;
  };
  const fixed = (digits) => (value) => value.toFixed(digits);
  const own = model.get("model");
  const names = models.map(({ name, title }) => [name, `${name.replace("facebook/", "")} — ${title}`]);
  if (!models.some(({ name }) => name === own)) names.push([own, own]);
  return [
    h("div", { class: "sl-dials" },
      hint(slider(model, signal, "duration_s", { label: "length", min: 1, max: max_duration_s, step: 0.5, show: seconds }),
        "How much sound to make"),
      hint(slider(model, signal, "guidance", { label: "guidance", min: 1, max: 10, step: 0.1, show: fixed(1) }),
        "Weight of your words: 1 leaves the model to itself, 3 is usual, more is stricter and duller"),
      hint(slider(model, signal, "temperature", { label: "temperature", min: 0, max: 2, step: 0.05, show: fixed(2) }),
        "0 always takes the likeliest token, 1 draws as the model proposes, more is wilder"),
      hint(slider(model, signal, "top_k", { label: "top-k", min: 0, max: TOP_K.length - 1,
        at: (i) => TOP_K[i], from: nearest, show: (k) => (k ? `${k}` : "all") }),
        "Draw among so many of the likeliest tokens"),
      hint(slider(model, signal, "top_p", { label: "top-p", min: 0.05, max: 1, step: 0.05,
        show: (p) => (p === 1 ? "all" : fixed(2)(p)) }),
        "Draw among the fewest tokens that together have this probability")),
    h("div", { class: "sl-bar" },
      ...seedControl(model, signal),
      menu(model, signal, "model", "model", names),
      menu(model, signal, "device", "on", devices.map((name) => [name, name]))),
    licenceLine(model, signal),
  ];
}

/** Whose music it will be, said before anything is made. */
function licenceLine(model, signal) {
  const badge = h("b", { class: "sl-licence", "data-testid": "licence" });
  const terms = h("span", { class: "sl-foot", "data-testid": "terms" });
  const { models } = model.get("options");
  follow(model, signal, ["model"], () => {
    const info = models.find(({ name }) => name === model.get("model"));
    badge.textContent = info?.licence ?? "licence unknown";
    badge.classList.toggle("sl-free", Boolean(info?.licence.startsWith("CC0")));
    const fetched = info?.source === "hub" ? " They are fetched from the Hugging Face hub the first time." : "";
    terms.textContent = (info?.terms ?? "A folder of yours: look into its model card.") + fetched;
  });
  return h("div", { class: "sl-terms" }, badge, terms);
}
