// compare_takes.js: two takes in step, switched while they play, or told apart blind.

function compareTakes(model, signal) {
  const player = new Player(() => {});
  const X = 2;
  let chosen = 0;
  const choose = (index) => {
    chosen = index;
    player.chosen = index;
    versions.mark(index);
  };
  const versions = new Versions(player, { label: "Take that is heard", choose });
  const play = h("button", { type: "button", class: "sl-play", "data-testid": "play-pair", onclick: () => player.toggle() });
  const clock = h("output", { class: "sl-clock" });
  const words = h("p", { "aria-live": "polite", "data-testid": "test-words" });

  const prompts = () => {
    const cards = new Map(model.get("_cards").map((card) => [card.number, card]));
    return model.get("pair").map((number) => cards.get(number)?.prompt ?? "");
  };
  const hear = (index) => () => {
    choose(index);
    if (!player.playing) player.play();
  };
  const test = (text, id, content) =>
    h("button", { type: "button", "data-testid": id, onclick: () => model.send({ type: "test", ...content }) }, text);
  const begin = [
    test("Blind: which is X?", "test-abx", { mode: "abx" }),
    test("Blind: which prompt made it?", "test-prompt", { mode: "prompt" }),
  ];
  const end = test("End the test", "test-end", { mode: "" });
  const answers = h("div", { class: "sl-bar", "data-testid": "answers" });

  const bar = h("div", { class: "sl-bar" }, play, clock,
    checkbox(model, signal, "level_matched", "same loudness"), ...begin, end);
  const panel = h("div", { class: "sl-compare", role: "group", "aria-label": "Compare two takes", "data-testid": "compare" },
    h("div", { class: "sl-title-small" }, "Compare two takes"), bar, versions.list, answers, words);

  function showTest() {
    const { mode, last, was, over, words: told } = model.get("test");
    const [a, b] = prompts();
    begin.forEach((button) => (button.hidden = Boolean(mode)));
    end.hidden = !mode;
    versions.list.hidden = mode === "prompt" && !over;
    answers.hidden = !mode;
    const answer = (text, letter) => test(text, `say-${letter}`, { answer: letter });
    const heard = (letter, index) =>
      h("button", { type: "button", "data-testid": `hear-${letter}`, onclick: hear(index) }, `Hear ${letter}`);
    if (mode === "abx") {
      answers.replaceChildren(heard("A", 0), heard("B", 1), heard("X", X), answer("X is A", "A"), answer("X is B", "B"));
    } else if (mode === "prompt" && !over) {
      answers.replaceChildren(heard("X", X), answer(`“${a.slice(0, 80)}”`, "A"), answer(`“${b.slice(0, 80)}”`, "B"));
      choose(X);
    } else answers.replaceChildren();
    const verdict = last == null ? "" : `${last ? "Right" : "Wrong"}: X was ${was}. `;
    words.textContent = mode ? verdict + told : "";
    if (over && chosen === X) choose(0);
  }

  function load() {
    const { versions: two, sr, channels, duration_s } = model.get("_pair_sound");
    panel.hidden = !two;
    if (!two) return player.load([], { sr: 16000, channels: 1, duration: 0 });
    const x = model.get("_x");
    const sounds = [...two, ...(x.pcm ? [x] : [])];
    const [at, wasPlaying] = [player.position, player.playing];
    player.load(sounds.map(({ pcm }) => pcm), { sr, channels, duration: duration_s });
    player.seek(Math.min(at, duration_s));
    const [a, b] = prompts();
    const pair = model.get("pair");
    versions.name([a, b].map((prompt, i) => `${"AB"[i]}: take ${pair[i]}`));
    choose(Math.min(chosen, sounds.length - 1));
    versions.draw(two);
    showTest();
    if (wasPlaying) player.play();
  }

  let waiting = false; // several traits change in one message: load once
  follow(model, signal, ["_pair_sound", "_x", "test"], () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      load();
    });
  });
  follow(model, signal, ["volume"], () => (player.volume = model.get("volume")));
  player.loop = true;
  signal.addEventListener("abort", () => player.pause());
  panel.addEventListener("keydown", (event) => {
    const index = { 1: 0, 2: 1, a: 0, b: 1, x: X }[event.key.toLowerCase()];
    const hidden = versions.list.hidden ? X : index; // blind to A and B
    if (event.key === " " && event.target.tagName !== "BUTTON") player.toggle();
    else if (index !== undefined && (index < X || model.get("_x").pcm)) choose(hidden);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const place = () => {
    versions.place();
    play.textContent = player.playing ? "Pause" : "Play both";
    clock.textContent = `${player.position.toFixed(2)} / ${player.duration.toFixed(2)} s`;
    panel.dataset.playing = player.playing;
    panel.dataset.position = player.position.toFixed(4);
    panel.dataset.chosen = chosen;
  };
  animate(player, signal, place);
  return { panel, draw: () => versions.draw() };
}
