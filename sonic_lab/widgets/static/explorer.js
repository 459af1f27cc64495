// explorer.js: SpectrogramExplorer. Its controls, its keys, and two panes in step.

const HELP =
  "Space plays and pauses. Left and right seek, with Shift further; Home and End go to the ends. " +
  "Up and down move the reading cursor in frequency. [ and ] set the start and end of the " +
  "selection, Escape clears it, L loops.";

function factsInWords(facts, asked) {
  if (!facts.shape) return "";
  const [rows, frames] = facts.shape;
  const size = (facts.size_bytes / 1024).toFixed(facts.size_bytes < 102400 ? 1 : 0);
  const words = [
    `looks at ${(1000 * facts.window_s).toFixed(1)} ms every ${(1000 * facts.hop_s).toFixed(1)} ms`,
    `bins ${facts.bin_hz.toFixed(1)} Hz apart, each hears ${facts.bandwidth_hz.toFixed(1)} Hz`,
    `tensor (${rows}, ${frames}) float32, ${size} KiB`,
  ];
  if (facts.n_fft < asked.n_fft) words.push(`⚠ the sound is short: n_fft is ${facts.n_fft}`);
  if (facts.empty_bands) words.push(`⚠ ${facts.empty_bands} mel bands hold no bin at all`);
  if (facts.hop_s > facts.window_s) words.push("⚠ samples between two frames are never seen");
  return words.join(" · ");
}

function paneControls(model, signal, suffix, windows) {
  return h(
    "div",
    { class: "sl-bar" },
    powers(model, signal, `n_fft${suffix}`, "n_fft", [5, 14]),
    powers(model, signal, `hop_length${suffix}`, "hop_length", [4, 13]),
    menu(model, signal, `window${suffix}`, "window", windows),
  );
}

function keys(model, player, pane, say) {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !pane().picture) return;
    const far = event.shiftKey ? 10 : 1;
    const selection = model.get("selection");
    const set = (start, end) => start < end && write(model, { selection: [start, end] });
    const at = player.position;
    const act = {
      " ": () => player.toggle(),
      ArrowLeft: () => player.seek(at - 0.05 * far),
      ArrowRight: () => player.seek(at + 0.05 * far),
      Home: () => player.seek(0),
      End: () => player.seek(player.duration),
      "[": () => set(at, selection[1] > at ? selection[1] : player.duration),
      "]": () => set(selection[0] < at ? selection[0] : 0, at),
      Escape: () => write(model, { selection: [] }),
      l: () => write(model, { loop: !model.get("loop") }),
      ArrowUp: () => pane().moveCursor(far, at),
      ArrowDown: () => pane().moveCursor(-far, at),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
    if (event.key !== " ") say(pane().moveCursor(0, player.position));
  };
}

function render({ model, el }) {
  const gone = new AbortController();
  const { signal } = gone;
  const player = new Player(() => {});
  const options = model.get("options");
  const windows = options.window.map((name) => [name, name === "boxcar" ? "boxcar (none)" : name]);

  const readout = h("div", { class: "sl-readout", "data-testid": "readout" }, " ");
  const spoken = h("div", { class: "sl-hidden", "aria-live": "polite" });
  const say = (text) => {
    readout.textContent = text;
    spoken.textContent = text;
  };
  let drawn = null; // a selection that is being dragged, not yet told to the kernel
  const onpoint = {
    read: (text) => (readout.textContent = text),
    seek: (seconds) => player.seek(seconds),
    select: (times) => {
      drawn = times;
      player.changed();
    },
    selected: () => {
      write(model, { selection: drawn });
      player.seek(drawn[0]);
      drawn = null;
    },
  };

  const outline = () => model.get("_sound");
  const panes = [
    new Pane(model, { suffix: "a", label: "Spectrogram", outline, onpoint }),
    new Pane(model, { suffix: "b", label: "Second spectrogram", outline, onpoint }),
  ];
  const columns = panes.map((pane, i) => {
    const suffix = i ? "_b" : "";
    const facts = h("div", { class: "sl-facts", "data-testid": `facts${suffix}` });
    follow(model, signal, [`facts${suffix}`], () => {
      const asked = { n_fft: model.get(`n_fft${suffix}`) };
      facts.textContent = factsInWords(model.get(`facts${suffix}`), asked);
    });
    pane.plot.addEventListener("keydown", keys(model, player, () => pane, say));
    return h("div", { class: "sl-pane" }, pane.plot, facts, paneControls(model, signal, suffix, windows));
  });

  const bar = transport(model, signal, player);
  const clips = [["", "your own sound"], ...model.get("clip_names").map((name) => [name, name])];
  bar.bar.append(menu(model, signal, "clip", "clip", clips));
  const title = h("span", { class: "sl-title", "data-testid": "title" });
  const root = instrument(
    model,
    signal,
    { name: "explorer", label: "Spectrogram explorer" },
    bar.bar,
    h("div", { class: "sl-panes" }, ...columns),
    readout,
    spoken,
    h(
      "div",
      { class: "sl-bar" },
      menu(model, signal, "axis", "axis", options.axis.map((name) => [name, name])),
      slider(model, signal, "n_mels", { label: "n_mels", min: 16, max: 256, step: 8 }),
      slider(model, signal, "db_range", { label: "range", min: 20, max: 120, step: 5, show: (v) => `${v} dB` }),
      menu(model, signal, "cmap", "colours", options.cmap.map((name) => [name, name])),
      checkbox(model, signal, "compare", "second pane"),
    ),
    h("p", { class: "sl-hidden", "data-testid": "description" }),
    h("div", { class: "sl-foot" }, title, h("span", { class: "sl-help" }, HELP)),
    codePanel(model, signal),
  );
  const limit = () => options.max_upload_bytes;
  bar.bar.append(fileButton(model, { limit, label: "Open or drop a file" }));
  dropTarget(model, root, { limit });

  const place = () => {
    const selection = drawn ?? model.get("selection");
    for (const pane of panes) pane.place(player, selection);
    bar.update();
    root.dataset.position = player.position.toFixed(4);
    root.dataset.playing = player.playing;
  };

  follow(model, signal, ["_sound"], () => {
    const { pcm, sr, channels, duration_s, name, gain_db } = model.get("_sound");
    player.load([pcm], { sr, channels, duration: duration_s });
    const softer = gain_db < -0.05 ? `, played ${(-gain_db).toFixed(1)} dB softer for your ears` : "";
    title.textContent = `${name}: ${duration_s.toFixed(2)} s${channels > 1 ? ", stereo" : ""}${softer}.`;
  });
  follow(model, signal, ["selection"], () => {
    const selection = model.get("selection");
    player.region = selection.length ? selection : null;
  });
  follow(model, signal, ["compare"], () => (columns[1].hidden = !model.get("compare")));
  follow(model, signal, ["axis"], () => {
    const control = root.querySelector("[data-testid=n_mels]").parentElement;
    control.hidden = model.get("axis") !== "mel";
  });
  follow(model, signal, ["description"], () => {
    root.querySelector("[data-testid=description]").textContent = model.get("description");
    for (const pane of panes) pane.canvas.setAttribute("aria-label", model.get("description"));
  });
  el.append(root);

  panes.forEach((pane) => {
    follow(model, signal, [pane.trait], () => {
      pane.take();
      place();
    });
    follow(model, signal, ["_colours", "db_range"], () => pane.paint());
  });
  redrawOn(root, signal, () => {
    panes.forEach((pane) => pane.draw());
    place();
  });
  animate(player, signal, place);
  return () => gone.abort();
}

export default { render };
