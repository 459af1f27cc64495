// versions.js: versions of a sound in step, a button and an outline each; one of them is heard.

class Versions {
  #rows = [];
  #outlines = [];

  /**
   * @param player whose versions they are
   * @param label what the list is called for those who cannot see it
   * @param choose called with the number of the version that is asked for, from 0
   */
  constructor(player, { label, choose }) {
    this.player = player;
    this.choose = choose;
    this.list = h("div", { role: "radiogroup", "aria-label": label, class: "sl-versions" });
  }

  get count() {
    return this.#rows.length;
  }

  /** Build the rows for these names. */
  name(names) {
    this.#rows = names.map((name, i) => this.#row(name, i));
    this.list.replaceChildren(...this.#rows.flatMap(({ button, strip }) => [button, strip]));
  }

  #row(name, i) {
    const wave = h("canvas", { class: "sl-wave", "aria-hidden": "true" });
    const head = h("div", { class: "sl-playhead" });
    const strip = h("div", { class: "sl-strip", "data-testid": `strip-${i}` }, wave, head);
    strip.addEventListener("click", (event) => {
      const box = strip.getBoundingClientRect();
      this.player.seek(((event.clientX - box.left) / box.width) * this.player.duration);
      this.choose(i);
    });
    const onclick = () => this.choose(i);
    const button = h(
      "button",
      { type: "button", role: "radio", class: "sl-version", "data-testid": `version-${i}`, onclick },
      `${i + 1}  ${name}`,
    );
    return { button, strip, wave, head };
  }

  /** Show which one is heard. */
  mark(chosen) {
    this.#rows.forEach(({ button, strip }, i) => {
      button.setAttribute("aria-checked", i === chosen);
      button.tabIndex = i === chosen ? 0 : -1;
      strip.classList.toggle("sl-chosen", i === chosen);
    });
  }

  /** Draw the outlines, [{ low, high }]; without any, the ones from before in a new size. */
  draw(outlines = this.#outlines) {
    this.#outlines = outlines;
    this.#rows.forEach(({ wave }, i) => {
      const { low, high } = outlines[i] ?? {};
      if (low) drawOutline(wave, typed(low, Float32Array), typed(high, Float32Array));
    });
  }

  /** Put the playheads where the player is. */
  place() {
    const share = this.player.duration ? this.player.position / this.player.duration : 0;
    for (const { head, strip } of this.#rows) {
      head.style.transform = `translateX(${share * strip.clientWidth}px)`;
    }
  }
}
