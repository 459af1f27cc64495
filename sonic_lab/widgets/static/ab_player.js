// ab_player.js: ABPlayer. Versions of a sound in step; the one you choose is the one you hear.

function render({ model, el }) {
  const gone = new AbortController();
  const { signal } = gone;
  const player = new Player(() => {});
  const names = model.get("names");

  const choose = (index) => write(model, { chosen: index });
  const versions = new Versions(player, { label: "Version that is heard", choose });
  versions.name(names);

  const bar = transport(model, signal, player);
  bar.bar.append(checkbox(model, signal, "level_matched", "same loudness"));
  const root = instrument(
    model,
    signal,
    { name: "ab-player", label: "A/B player" },
    bar.bar,
    versions.list,
    h("p", { class: "sl-hidden", "data-testid": "description" }),
    h("div", { class: "sl-foot" }, "Space plays and pauses, 1 to 9 choose a version, left and right seek."),
    codePanel(model, signal),
  );
  root.addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT", "PRE"].includes(event.target.tagName);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const digit = Number.parseInt(event.key, 10) - 1;
    const act = {
      " ": () => player.toggle(),
      ArrowLeft: () => player.seek(player.position - 0.1),
      ArrowRight: () => player.seek(player.position + 0.1),
      Home: () => player.seek(0),
    }[event.key];
    if (act) act();
    else if (digit >= 0 && digit < names.length) choose(digit);
    else return;
    event.preventDefault();
  });

  const place = () => {
    versions.place();
    bar.update();
    root.dataset.position = player.position.toFixed(4);
    root.dataset.playing = player.playing;
  };
  const draw = () => {
    versions.draw(model.get("_sound").versions);
    place();
  };

  follow(model, signal, ["_sound"], () => {
    const { versions, sr, channels, duration_s } = model.get("_sound");
    const [at, wasPlaying] = [player.position, player.playing];
    player.load(versions.map(({ pcm }) => pcm), { sr, channels, duration: duration_s });
    player.seek(at);
    if (wasPlaying) player.play();
  });
  follow(model, signal, ["chosen"], () => {
    player.chosen = model.get("chosen");
    versions.mark(model.get("chosen"));
  });
  follow(model, signal, ["description"], () => {
    root.querySelector("[data-testid=description]").textContent = model.get("description");
  });
  el.append(root);
  redrawOn(root, signal, draw);
  animate(player, signal, place);
  return () => gone.abort();
}

export default { render };
