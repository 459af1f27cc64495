// token_matrix.js: the codes of a take, K rows of tokens: an overview under the spectrogram, and a
// lens in which the staircase and the numbers can be read.

const ROW = 13; // px, of the overview
const CELL = { width: 38, height: 24 }; // px, of the lens

class TokenMatrix {
  codes = new Int16Array(0);
  K = 0;
  T = 0;
  rate = 50;
  duration = 1;
  frame = 0; // how often it was painted
  #palette = new Uint8Array(3);
  #chosen = null; // [codebook, frame]
  #hover = null;
  #frontier = -1; // frame that the first codebook has come to
  #position = 0; // s

  /** @param onchoose called with [codebook, frame], or [] for none */
  constructor(onchoose) {
    this.onchoose = onchoose;
    this.map = h("canvas", { class: "sl-tokens", role: "img", "data-testid": "tokens" });
    this.lens = h("canvas", { class: "sl-lens", role: "img", "data-testid": "lens" });
    this.head = h("div", { class: "sl-playhead" });
    this.straight = h("input", { type: "checkbox", "data-testid": "straight" });
    this.straight.addEventListener("change", () => this.draw());
    this.element = h(
      "div",
      { class: "sl-matrix", tabindex: 0, role: "application", "data-testid": "matrix",
        "aria-label": "Token matrix: arrow keys move from token to token, Escape leaves it" },
      h("div", { class: "sl-plot" }, this.map, this.head),
      this.lens,
    );
    this.caption = h("div", { class: "sl-foot sl-matrix-caption" },
      h("span", {}, "In the lens a column is one step of the model; each codebook runs a step behind the one above. "),
      h("label", { class: "sl-control sl-check" }, this.straight, h("span", {}, "straighten")));
    this.#listen();
  }

  /** Take tokens from the kernel; -1 stands where none is yet. */
  take({ codes, codebooks, frames, frame_rate }, palette, duration) {
    this.codes = codes ? typed(codes, Int16Array) : new Int16Array(0);
    [this.K, this.T, this.rate] = [codebooks ?? 0, frames ?? 0, frame_rate ?? 50];
    this.duration = duration || this.T / this.rate || 1;
    this.#palette = typed(palette, Uint8Array);
    this.#frontier = -1;
    for (let t = this.T - 1; t >= 0 && this.#frontier < 0; t--) if (this.codes[t] >= 0) this.#frontier = t;
    this.draw();
  }

  get whole() {
    return this.T > 0 && this.codes.every((code) => code >= 0);
  }

  set chosen(place) {
    this.#chosen = place.length ? place : null;
    this.draw();
  }

  place(seconds, playing) {
    this.head.style.transform = `translateX(${this.#x(seconds)}px)`;
    const moved = Math.floor(seconds * this.rate) !== Math.floor(this.#position * this.rate);
    this.#position = seconds;
    if (playing && moved && !this.#hover) this.#drawLens();
  }

  draw() {
    if (!this.map.clientWidth) return;
    this.map.style.height = `${Math.max(this.K, 1) * ROW}px`;
    this.#drawMap();
    this.#drawLens();
    this.map.dataset.frame = ++this.frame;
  }

  #x(seconds) {
    return LEFT + (seconds / this.duration) * (this.map.clientWidth - LEFT - RIGHT);
  }

  /** A token's colour; the same token has the same one everywhere, so repeats can be seen. */
  #colour(code) {
    const c = 3 * (code % (this.#palette.length / 3));
    return [this.#palette[c], this.#palette[c + 1], this.#palette[c + 2]];
  }

  #drawMap() {
    const { context, width, height } = fit(this.map);
    const ink = getComputedStyle(this.map).color;
    if (!this.T) return;
    const image = new ImageData(this.T, this.K);
    for (let i = 0; i < this.codes.length; i++) {
      const code = this.codes[i];
      image.data.set(code < 0 ? [128, 128, 128, 40] : [...this.#colour(code), 255], 4 * i);
    }
    const bitmap = new OffscreenCanvas(this.T, this.K);
    bitmap.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    const end = this.#x(this.T / this.rate);
    context.drawImage(bitmap, LEFT, 0, end - LEFT, height);
    context.fillStyle = ink;
    context.font = "10px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let k = 0; k < this.K; k++) context.fillText(`book ${k + 1}`, LEFT - 6, (k + 0.5) * ROW);
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    if (this.#chosen) {
      const [k, t] = this.#chosen;
      const size = Math.max((end - LEFT) / this.T, 6);
      context.strokeRect(this.#x((t + 0.5) / this.rate) - size / 2, k * ROW + 1, size, ROW - 2);
    }
  }

  /** The frame in the middle of the lens: under the pointer, chosen, newest, or playing. */
  #middle() {
    if (this.#hover) return this.#hover[1];
    if (!this.whole && !this.#chosen) return Math.max(this.#frontier, 0);
    return this.#chosen ? this.#chosen[1] : Math.floor(this.#position * this.rate);
  }

  /** Step of the first column, and how many there are. */
  #window() {
    const columns = Math.max(5, Math.floor((this.lens.clientWidth - LEFT - RIGHT) / CELL.width));
    const steps = this.T + (this.straight.checked ? 0 : this.K - 1);
    const lead = this.whole || this.#chosen || this.#hover ? 0.5 : 0.75; // the newest stand right
    const first = Math.round(this.#middle() - lead * columns);
    return { columns, steps, first: Math.max(0, Math.min(first, steps - columns)) };
  }

  #frameAt(k, step) {
    return step - (this.straight.checked ? 0 : k);
  }

  #drawLens() {
    this.lens.style.height = `${Math.max(this.K, 1) * CELL.height + 18}px`;
    const { context } = fit(this.lens);
    if (!this.T) return;
    const { columns, steps, first } = this.#window();
    const ink = getComputedStyle(this.lens).color;
    const marked = this.#chosen?.[1];
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let column = 0; column < Math.min(columns, steps); column++) {
      const step = first + column;
      const x = LEFT + column * CELL.width;
      for (let k = 0; k < this.K; k++) {
        const t = this.#frameAt(k, step);
        const y = k * CELL.height;
        const code = t >= 0 && t < this.T ? this.codes[k * this.T + t] : null;
        this.#drawCell(context, { x, y, code, ink });
        if (code === null || t !== marked) continue;
        context.strokeStyle = ink;
        context.lineWidth = k === this.#chosen[0] ? 3 : 1;
        context.strokeRect(x + 2, y + 2, CELL.width - 4, CELL.height - 4);
      }
      if (step % 5) continue;
      context.fillStyle = ink;
      context.font = "10px system-ui, sans-serif";
      context.fillText(`${step}`, x + CELL.width / 2, this.K * CELL.height + 9);
    }
    context.fillStyle = ink;
    context.textAlign = "right";
    context.font = "10px system-ui, sans-serif";
    for (let k = 0; k < this.K; k++) context.fillText(`book ${k + 1}`, LEFT - 6, (k + 0.5) * CELL.height);
    context.fillText("step", LEFT - 6, this.K * CELL.height + 9);
  }

  #drawCell(context, { x, y, code, ink }) {
    const [left, top, width, height] = [x + 1, y + 1, CELL.width - 2, CELL.height - 2];
    if (code === null) return; // a hole of the staircase
    if (code < 0) {
      context.strokeStyle = ink;
      context.globalAlpha = 0.25;
      context.lineWidth = 1;
      context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
      context.globalAlpha = 1;
      return;
    }
    const [r, g, b] = this.#colour(code);
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.fillRect(left, top, width, height);
    context.fillStyle = 0.299 * r + 0.587 * g + 0.114 * b > 130 ? "#111" : "#fff";
    context.font = "11px ui-monospace, monospace";
    context.fillText(`${code}`, x + CELL.width / 2, y + CELL.height / 2 + 0.5);
  }

  #listen() {
    const clamp = (value, top) => Math.min(Math.max(value, 0), top);
    const inMap = (event) => {
      const seconds = ((event.offsetX - LEFT) / (this.map.clientWidth - LEFT - RIGHT)) * this.duration;
      const t = clamp(Math.floor(seconds * this.rate), this.T - 1);
      return [clamp(Math.floor(event.offsetY / ROW), this.K - 1), t];
    };
    const inLens = (event) => {
      const k = clamp(Math.floor(event.offsetY / CELL.height), this.K - 1);
      const step = this.#window().first + Math.floor((event.offsetX - LEFT) / CELL.width);
      return [k, this.#frameAt(k, step)];
    };
    this.map.addEventListener("pointermove", (event) => {
      this.#hover = this.T ? inMap(event) : null;
      this.#drawLens();
    });
    this.map.addEventListener("pointerleave", () => {
      this.#hover = null;
      this.#drawLens();
    });
    this.map.addEventListener("click", (event) => this.#choose(...inMap(event)));
    this.lens.addEventListener("click", (event) => this.#choose(...inLens(event)));
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  #choose(k, t) {
    if (!(k >= 0 && k < this.K && t >= 0 && t < this.T) || this.codes[k * this.T + t] < 0) return;
    this.#hover = null;
    this.chosen = [k, t];
    this.onchoose([k, t]);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.T) return;
    const here = this.#chosen ?? [0, clampFrame(this.#middle(), this.#frontier)];
    const far = event.shiftKey ? 10 : 1;
    const to = {
      ArrowLeft: [here[0], Math.max(here[1] - far, 0)],
      ArrowRight: [here[0], Math.min(here[1] + far, this.T - 1)],
      ArrowUp: [Math.max(here[0] - 1, 0), here[1]],
      ArrowDown: [Math.min(here[0] + 1, this.K - 1), here[1]],
      Home: [here[0], 0],
      End: [here[0], Math.max(this.#frontier - here[0], 0)],
      Enter: here,
    }[event.key];
    if (to) this.#choose(...(this.#chosen ? to : here));
    else if (event.key === "Escape" && this.#chosen) this.onchoose([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const clampFrame = (frame, last) => Math.min(Math.max(frame, 0), Math.max(last, 0));
