// generation_studio.js: GenerationStudio. Ask, watch it come, listen before it is done, compare.

/** How far it is, and the way to stop it. */
function progressBar(model, signal) {
  const meter = h("progress", { "aria-label": "progress of the take", "data-testid": "progress" });
  const words = h("span", { class: "sl-progress-words", "data-testid": "progress-words" });
  const spoken = h("div", { class: "sl-hidden", "aria-live": "polite" });
  const bar = h("div", { class: "sl-progress" }, meter, words, spoken);
  follow(model, signal, ["progress"], () => {
    const { stage, step, steps, words: told, seconds, sound_s } = model.get("progress");
    bar.hidden = !BUSY.includes(stage);
    if (bar.hidden) return;
    if (stage === "composing" && steps) [meter.max, meter.value] = [steps, step];
    else meter.removeAttribute("value");
    const pace = sound_s > 0.5 && seconds > 0.5 ? ` ${(sound_s / seconds).toFixed(1)} times as fast as it sounds.` : "";
    words.textContent = told + pace;
    if (spoken.textContent !== stage) spoken.textContent = stage;
  });
  return bar;
}

const BUSY = ["waiting", "loading", "composing"];
const busy = (model) => BUSY.includes(model.get("progress").stage);

function render({ model, el }) {
  const gone = new AbortController();
  const { signal } = gone;
  const deck = new Deck();
  const readout = h("div", { class: "sl-readout", "data-testid": "readout" }, " ");
  let wanted = 0; // take to be played as soon as its sound is here

  const generate = (event) => {
    if (busy(model) || event.detail > 1 || event.repeat) return; // a double click is one, a held key too
    wakeAudio();
    prompt.tell();
    model.send({ type: "generate" });
  };
  const prompt = promptBox(model, signal, { generate });
  const go = h("button", { type: "button", class: "sl-play sl-go", "data-testid": "generate", onclick: generate }, "Generate");
  const stop = h("button", { type: "button", class: "sl-stop", "data-testid": "stop",
    onclick: () => model.send({ type: "cancel" }) }, "Stop");
  follow(model, signal, ["progress"], () => {
    const working = busy(model);
    go.disabled = working;
    go.textContent = working ? "Composing…" : "Generate";
    stop.hidden = !working;
  });

  const pane = new Pane(model, {
    suffix: "stage",
    label: "Spectrogram of the take",
    outline: () => model.get("_outline"),
    onpoint: { read: (text) => (readout.textContent = text), seek: (s) => deck.seek(s), select: () => {}, selected: () => {} },
  });
  let asking = 0;
  const matrix = new TokenMatrix((place) => {
    clearTimeout(asking); // held arrow keys ask once, where they stop
    asking = setTimeout(() => write(model, { place }), 60);
  });
  const bar = transport(model, signal, deck);
  bar.bar.append(checkbox(model, signal, "autoplay", "play while it is made"));
  const select = (number, { play }) => {
    if (model.get("selected") === number) return play && deck.toggle();
    wanted = play ? number : 0;
    if (play) wakeAudio();
    write(model, { selected: number });
  };
  const cards = takeCards(model, signal, deck, { select });
  const compare = compareTakes(model, signal);
  const stage = h("div", { class: "sl-stage" }, bar.bar, pane.plot, readout, matrix.element, matrix.caption,
    ...candidates(model, signal, typed(model.get("_token_colours"), Uint8Array)));
  const example = (words) => h("button", { type: "button", class: "sl-example", onclick: (event) => {
    prompt.box.value = words;
    generate(event);
  } }, `“${words}”`);
  const empty = h("div", { class: "sl-empty", "data-testid": "empty" },
    h("div", {}, "Nothing has been made yet. Write what you want to hear, or try"),
    h("div", { class: "sl-examples" }, ...model.get("options").examples.map(example)));
  const status = h("span", { class: "sl-status-words", "aria-live": "polite", "data-testid": "status" });
  const undo = h("button", { type: "button", "data-testid": "undo", onclick: () => model.send({ type: "undo" }) }, "Undo");
  follow(model, signal, ["status"], () => {
    status.textContent = model.get("status");
    undo.hidden = !/is deleted\.$/.test(model.get("status"));
  });

  const root = instrument(
    model,
    signal,
    { name: "generation-studio", label: "Generation studio" },
    h("div", { class: "sl-ask" }, prompt.box, go, stop),
    suggestionChips(model, signal, prompt),
    ...settingsForm(model, signal),
    progressBar(model, signal),
    empty,
    stage,
    h("div", { class: "sl-status" },
      h("b", { class: "sl-takes-title" }, "Takes"), status, undo, field(model, signal, "folder", "folder for saving"),
      checkbox(model, signal, "mark_saved", "mark what is saved")),
    cards.list,
    compare.panel,
    h("p", { class: "sl-hidden", "data-testid": "description" }),
    h("div", { class: "sl-foot" },
      "Enter generates. Space plays and pauses, left and right seek. In the tokens, arrows move, Escape leaves."),
    codePanel(model, signal),
  );
  root.addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT", "PRE", "SUMMARY", "TEXTAREA"].includes(event.target.tagName);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {
      " ": () => deck.toggle(),
      ArrowLeft: () => deck.seek(deck.position - 0.1),
      ArrowRight: () => deck.seek(deck.position + 0.1),
      Home: () => deck.seek(0),
      Escape: () => busy(model) && model.send({ type: "cancel" }),
    }[event.key];
    if (!act || (event.key === " " && event.target.tagName === "BUTTON")) return;
    act();
    event.preventDefault();
  });

  const place = () => {
    pane.place(deck, []);
    matrix.place(deck.position, deck.playing);
    cards.place();
    bar.update();
    root.dataset.position = deck.position.toFixed(4);
    root.dataset.playing = deck.playing;
    root.dataset.live = deck.onLive;
    root.dataset.waits = deck.live.waits;
  };

  // The sound that is being made comes in messages; what stands still comes in traits.
  let run = 0;
  const begun = () => {
    const progress = model.get("progress");
    if (!busy(model) || run === progress.run) return;
    run = progress.run;
    deck.begin(progress.duration_s);
    if (progress.sound_s > 0) model.send({ type: "listen", from: 0 });
  };
  /** Whether the ear may begin: what is left to make must be done before it is there. */
  const early = () => {
    const { stage, seconds_left } = model.get("progress");
    if (sharedAudio().context?.state !== "running") return false; // nobody has clicked here yet
    if (!model.get("autoplay") || deck.live.playing || deck.live.position > 0 || deck.live.ready < 0.25) return false;
    return stage !== "composing" || (seconds_left != null && seconds_left < deck.expected - 0.2);
  };
  const heard = (content, buffers) => {
    if (content.type !== "chunk") return;
    begun();
    if (content.run !== run) return;
    if (!deck.live.append(buffers[0], content)) model.send({ type: "listen", from: deck.live.samples });
    if (deck.onLive && early()) deck.live.play();
    deck.changed();
  };
  model.on("msg:custom", heard);
  signal.addEventListener("abort", () => model.off("msg:custom", heard));
  follow(model, signal, ["progress"], () => {
    begun();
    const { stage } = model.get("progress");
    if (["cancelled", "failed"].includes(stage) && deck.onLive && !deck.number) deck.live.begin();
    if (stage === "done" && deck.onLive) {
      if (early()) deck.live.play();
      deck.live.finish();
    }
  });
  follow(model, signal, ["_sound"], () => {
    const sound = model.get("_sound");
    if (!sound.pcm && busy(model) && run === model.get("progress").run) return deck.live.samples || (deck.number = 0);
    const goOn = deck.onLive && deck.number === 0 && sound.number === model.get("progress").number;
    deck.show(sound, { goOn });
    if (wanted && wanted === sound.number) deck.play();
    wanted = 0;
    place();
  });
  const lay = () => {
    const working = model.get("selected") === 0 && busy(model);
    const there = Boolean(model.get("_picture_stage").pixels || model.get("_tokens").codes);
    empty.hidden = there || working;
    stage.hidden = !there;
  };
  follow(model, signal, ["_picture_stage", "_tokens", "progress"], lay);
  follow(model, signal, ["_picture_stage"], () => {
    pane.take();
    pane.plot.hidden = !pane.picture;
    place();
  });
  follow(model, signal, ["_tokens"], () => {
    matrix.take(model.get("_tokens"), model.get("_token_colours"), model.get("_tokens").duration_s);
  });
  follow(model, signal, ["place"], () => (matrix.chosen = model.get("place")));
  follow(model, signal, ["description"], () => {
    root.querySelector("[data-testid=description]").textContent = model.get("description");
    pane.canvas.setAttribute("aria-label", model.get("description"));
    matrix.map.setAttribute("aria-label", `Tokens. ${model.get("description")}`);
  });
  el.append(root);
  redrawOn(root, signal, () => {
    pane.draw();
    matrix.draw();
    compare.draw();
    prompt.grow();
    place();
  });
  animate(deck, signal, place);
  return () => gone.abort();
}

export default { render };
