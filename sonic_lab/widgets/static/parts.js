// parts.js: the controls that instruments share. Each reads a trait and writes it back.

/** Make an element: h("button", { type: "button", onclick }, "Play"). */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Call `update` now, and whenever one of the traits changes, until the view is gone. */
function follow(model, signal, names, update) {
  for (const name of names) {
    model.on(`change:${name}`, update);
    signal.addEventListener("abort", () => model.off(`change:${name}`, update));
  }
  update();
}

function write(model, values) {
  model.set(values);
  model.save_changes();
}

/** A frame that every instrument stands in: its error line, and no notebook shortcuts inside. */
function instrument(model, signal, { name, label }, ...children) {
  const error = h("div", { class: "sl-error", role: "alert", "data-testid": "error" });
  follow(model, signal, ["error"], () => {
    error.textContent = model.get("error");
    error.hidden = !model.get("error");
  });
  const attributes = { role: "group", "aria-label": label, "data-testid": name };
  // JupyterLab's own keys (a space scrolls, an L numbers lines) must not fire in here.
  attributes["data-lm-suppress-shortcuts"] = "true";
  const keep = (event) => event.stopPropagation();
  return h(
    "div",
    { class: `sl-instrument sl-${name}`, ...attributes, onkeydown: keep, onkeyup: keep },
    error,
    ...children,
  );
}

/** A slider over positions; `at` turns a position into the trait's value, `from` does the reverse. */
function slider(model, signal, trait, options) {
  const { label, min, max, step = 1, at = Number, from = Number, show = String } = options;
  const input = h("input", { type: "range", min, max, step, "data-testid": trait });
  const output = h("output", { class: "sl-value" });
  input.addEventListener("input", () => write(model, { [trait]: at(input.valueAsNumber) }));
  follow(model, signal, [trait], () => {
    const value = model.get(trait);
    if (at(input.valueAsNumber) !== value) input.value = from(value);
    output.textContent = show(value);
    input.setAttribute("aria-valuetext", show(value));
  });
  return h("label", { class: "sl-control" }, h("span", {}, label), input, output);
}

/** Powers of two, since an FFT likes them; another value that Python set is shown as it is. */
function powers(model, signal, trait, label, [min, max]) {
  const at = (position) => 2 ** position;
  return slider(model, signal, trait, { label, min, max, at, from: Math.log2 });
}

function menu(model, signal, trait, label, choices) {
  const select = h("select", { "data-testid": trait });
  select.append(...choices.map(([value, text]) => h("option", { value }, text)));
  select.addEventListener("change", () => write(model, { [trait]: select.value }));
  follow(model, signal, [trait], () => (select.value = model.get(trait)));
  return h("label", { class: "sl-control" }, h("span", {}, label), select);
}

function checkbox(model, signal, trait, label) {
  const input = h("input", { type: "checkbox", "data-testid": trait });
  input.addEventListener("change", () => write(model, { [trait]: input.checked }));
  follow(model, signal, [trait], () => (input.checked = model.get(trait)));
  return h("label", { class: "sl-control sl-check" }, input, h("span", {}, label));
}

/** Play, loop, volume and the clock. Returns the bar and a function that brings it up to date. */
function transport(model, signal, player) {
  const button = h("button", {
    type: "button",
    class: "sl-play",
    "data-testid": "play",
    onclick: () => player.toggle(),
  });
  const clock = h("output", { class: "sl-clock", "data-testid": "clock" });
  const percent = (value) => `${Math.round(100 * value)} %`;
  const volume = { label: "volume", min: 0, max: 1, step: 0.01, show: percent };
  follow(model, signal, ["volume"], () => (player.volume = model.get("volume")));
  follow(model, signal, ["loop"], () => (player.loop = model.get("loop")));
  const bar = h(
    "div",
    { class: "sl-bar" },
    button,
    clock,
    checkbox(model, signal, "loop", "loop"),
    slider(model, signal, "volume", volume),
  );
  const update = () => {
    const label = player.playing ? "Pause" : "Play";
    if (button.textContent !== label) button.textContent = label;
    clock.textContent = `${player.position.toFixed(2)} / ${player.duration.toFixed(2)} s`;
  };
  signal.addEventListener("abort", () => player.pause());
  return { bar, update };
}

/** Call `draw` on each frame of the screen while `player` plays, and once when it is moved. */
function animate(player, signal, draw) {
  let frame = 0;
  const tick = () => {
    draw();
    frame = player.playing ? requestAnimationFrame(tick) : 0;
  };
  player.changed = () => {
    if (!frame) frame = requestAnimationFrame(tick);
  };
  signal.addEventListener("abort", () => cancelAnimationFrame(frame));
  player.changed();
}

/** Return a call that does `act` once, after the next frame, however often it is called till then. */
function afterPaint(signal, act) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => setTimeout(() => {
      asked = false;
      if (!signal.aborted) act();
    }));
  };
}

const PIECE_BYTES = 2 ** 20; // a notebook server takes messages of up to 10 MB

/** Send a file to the kernel in pieces; it answers in the traits, or in `error`. */
async function sendFile(model, file, limit, purpose) {
  if (file.size > limit) {
    const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
    const size = `${file.name} has ${megabytes(file.size)} MB, and ${megabytes(limit)} MB is the most`;
    return write(model, { error: `${size}: use a shorter piece, or FLAC or MP3.` });
  }
  const count = Math.max(1, Math.ceil(file.size / PIECE_BYTES));
  for (let index = 0; index < count; index++) {
    const piece = await file.slice(index * PIECE_BYTES, (index + 1) * PIECE_BYTES).arrayBuffer();
    model.send({ type: "upload", purpose, name: file.name, index, count }, undefined, [piece]);
  }
}

/** A button that takes a file: "upload", or another purpose that the kernel knows. */
function fileButton(model, { limit, label, purpose = "upload" }) {
  const input = h("input", { type: "file", accept: "audio/*", "data-testid": purpose });
  input.addEventListener("change", () => {
    if (input.files[0]) sendFile(model, input.files[0], limit(), purpose);
    input.value = ""; // so that the same file can be chosen again
  });
  return h("label", { class: "sl-control sl-file" }, input, h("span", {}, label));
}

/** Make an element a place to drop a file on. */
function dropTarget(model, target, { limit, purpose = "upload" }) {
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation(); // or JupyterLab would copy the file into the folder
    target.classList.toggle("sl-drop", event.type !== "dragleave" && event.type !== "drop");
    const [file] = event.type === "drop" ? event.dataTransfer.files : [];
    if (file) sendFile(model, file, limit(), purpose);
  };
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
    target.addEventListener(type, over);
  }
}

/** A line of text; it is taken when the learner leaves it or presses Enter. */
function field(model, signal, trait, label, { parse = String, show = String, ...attributes } = {}) {
  const input = h("input", { type: "text", "data-testid": trait, ...attributes });
  const update = () => (input.value = show(model.get(trait)));
  input.addEventListener("change", () => {
    const value = parse(input.value.trim());
    if (value === null) return update(); // not of its kind: show what holds
    write(model, { [trait]: value });
  });
  follow(model, signal, [trait, "error"], update);
  return h("label", { class: "sl-control sl-field" }, h("span", {}, label), input);
}

function codePanel(model, signal) {
  const text = h("code", {});
  const copy = h("button", { type: "button", "data-testid": "copy" }, "Copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(model.get("code"));
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text); // no clipboard here: leave it selected
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  follow(model, signal, ["code"], () => (text.textContent = model.get("code")));
  return h(
    "details",
    { class: "sl-code", "data-testid": "code" },
    h("summary", {}, "Show code"),
    copy,
    h("pre", { tabindex: 0 }, text),
  );
}

/** Size a canvas to its place on the screen; drawing goes on in CSS pixels. */
function fit(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Draw a waveform's outline into a canvas, between `left` and `right` pixels. */
function drawOutline(canvas, low, high, { left = 0, right = 0 } = {}) {
  if (!canvas.clientWidth) return; // out of sight: it is drawn when it comes back
  const { context, width, height } = fit(canvas);
  const step = (width - left - right) / low.length;
  const y = (value) => (height / 2) * (1 - value);
  context.fillStyle = getComputedStyle(canvas).getPropertyValue("--sl-wave");
  context.fillRect(left, height / 2 - 0.5, width - left - right, 1);
  for (let i = 0; i < low.length; i++) {
    const top = y(Math.min(high[i], 1));
    const size = Math.max(1, y(Math.max(low[i], -1)) - top);
    context.fillRect(left + i * step, top, Math.max(step, 1), size);
  }
}

/** Call `draw` when the element changes its size or the page its theme. */
function redrawOn(element, signal, draw) {
  const resize = new ResizeObserver(draw);
  resize.observe(element);
  // JupyterLab takes its pages away while it changes their style: draw once they are back.
  const theme = new MutationObserver(() => requestAnimationFrame(draw));
  theme.observe(document.body, { attributeFilter: ["data-jp-theme-name", "class"] });
  signal.addEventListener("abort", () => {
    resize.disconnect();
    theme.disconnect();
  });
}
