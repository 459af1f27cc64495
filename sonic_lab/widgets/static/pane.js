// pane.js: one spectrogram under its waveform. It draws what Python computed, reads it out under
// the pointer or the keyboard's cursor, and shows where the sound is.

const LEFT = 46;
const RIGHT = 6;
const BOTTOM = 20;
const NOTES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

/** The nearest note of a frequency, with how far off it is: "A4 +12 ct". */
function note(hz) {
  if (!(hz > 20)) return "";
  const midi = 69 + 12 * Math.log2(hz / 440);
  const nearest = Math.round(midi);
  const cents = Math.round(100 * (midi - nearest));
  const name = NOTES[((nearest % 12) + 12) % 12] + (Math.floor(nearest / 12) - 1);
  return cents ? `${name} ${cents > 0 ? "+" : "−"}${Math.abs(cents)} ct` : name;
}

/** A number with a true minus sign. */
const signed = (value, digits = 0) => value.toFixed(digits).replace(/^-(?=.*[1-9])/, "−").replace(/^-/, "");

const hertz = (hz) => (hz >= 1000 ? `${(hz / 1000).toFixed(2)} kHz` : `${hz.toFixed(0)} Hz`);

/** One spectrogram under its waveform, with the playhead, the selection and the reading cursor. */
class Pane {
  frame = 0;
  levels = null;
  cursorRow = 0;

  /**
   * @param model whose trait `_picture_<suffix>` holds the pixels
   * @param outline gives the waveform's bytes, { low, high }
   * @param onpoint what a pointer does: read(text), seek(s), select([s, s]), selected()
   */
  constructor(model, { suffix, label, outline, onpoint }) {
    this.model = model;
    this.trait = `_picture_${suffix}`;
    this.outline = outline;
    this.wave = h("canvas", { class: "sl-wave", "aria-hidden": "true" });
    this.canvas = h("canvas", { class: "sl-spectrogram", role: "img", "data-testid": `canvas-${suffix}` });
    this.head = h("div", { class: "sl-playhead", "data-testid": `playhead-${suffix}` });
    this.region = h("div", { class: "sl-region", "data-testid": `region-${suffix}` });
    this.cursor = h("div", { class: "sl-cursor" });
    this.plot = h(
      "div",
      { class: "sl-plot", tabindex: 0, role: "application", "aria-label": label, "data-testid": `plot-${suffix}` },
      this.wave, this.canvas, this.region, this.head, this.cursor,
    );
    this.bitmap = document.createElement("canvas");
    this.#listen(onpoint);
  }

  get width() {
    return this.plot.clientWidth - LEFT - RIGHT;
  }

  x(seconds) {
    return LEFT + (seconds / this.picture.duration_s) * this.width;
  }

  seconds(x) {
    const t = ((x - LEFT) / this.width) * this.picture.duration_s;
    return Math.min(Math.max(t, 0), this.picture.duration_s);
  }

  /** Take a new picture from the kernel; it is painted with the next frame of the screen. */
  take() {
    const picture = this.model.get(this.trait);
    this.picture = picture.pixels ? picture : null;
    if (!this.picture) return;
    this.levels = typed(picture.pixels, Uint8Array);
    this.hz = typed(picture.hz, Float32Array);
    this.cursorRow = Math.min(this.cursorRow, this.hz.length - 1);
    this.paint();
  }

  /** Turn levels into colours. Range and colour map change here, with no call to the kernel. */
  paint() {
    if (!this.picture) return;
    const { rows, columns } = this.picture;
    const colours = typed(this.model.get("_colours"), Uint8Array);
    const floor = this.model.get("options").floor_db;
    const palette = new Uint32Array(256);
    for (let v = 0; v < 256; v++) {
      const db = floor * (1 - v / 255);
      const c = 3 * Math.round(255 * Math.max(0, 1 + db / this.model.get("db_range")));
      palette[v] = 0xff000000 | (colours[c + 2] << 16) | (colours[c + 1] << 8) | colours[c];
    }
    const image = new ImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    for (let row = 0; row < rows; row++) {
      const to = (rows - 1 - row) * columns;
      const from = row * columns;
      for (let i = 0; i < columns; i++) pixels[to + i] = palette[this.levels[from + i]];
    }
    this.bitmap.width = columns;
    this.bitmap.height = rows;
    this.bitmap.getContext("2d").putImageData(image, 0, 0);
    this.draw();
  }

  draw() {
    if (!this.picture || !this.plot.clientWidth) return;
    const { context, width, height } = fit(this.canvas);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.bitmap, LEFT, 0, this.width, height - BOTTOM);
    context.fillStyle = context.strokeStyle = getComputedStyle(this.plot).color;
    context.font = "11px system-ui, sans-serif";
    this.#frequencyTicks(context, height - BOTTOM);
    this.#timeTicks(context, height, width);
    const { low, high } = this.outline();
    drawOutline(this.wave, typed(low, Float32Array), typed(high, Float32Array), { left: LEFT, right: RIGHT });
    this.canvas.dataset.frame = ++this.frame;
  }

  place(player, selection) {
    if (!this.picture) return;
    this.head.style.transform = `translateX(${this.x(player.position)}px)`;
    this.region.hidden = !selection.length;
    if (!selection.length) return;
    this.region.style.left = `${this.x(selection[0])}px`;
    this.region.style.width = `${this.x(selection[1]) - this.x(selection[0])}px`;
  }

  /** What stands at a moment and a row: "0.512 s · 441 Hz · A4 +4 ct · −23 dB". */
  read(seconds, row) {
    const { columns, duration_s } = this.picture;
    const column = Math.min(columns - 1, Math.round((seconds / duration_s) * (columns - 1)));
    const floor = this.model.get("options").floor_db;
    const db = floor * (1 - this.levels[row * columns + column] / 255);
    const hz = this.hz[row];
    const level = db <= floor ? `below ${signed(floor)} dB` : `${signed(db)} dB`;
    return [`${seconds.toFixed(3)} s`, hertz(hz), note(hz), level].filter(Boolean).join(" · ");
  }

  moveCursor(rows, seconds) {
    this.cursorRow = Math.min(Math.max(this.cursorRow + rows, 0), this.hz.length - 1);
    this.#showCursor(this.x(seconds), this.cursorRow);
    return this.read(seconds, this.cursorRow);
  }

  #row(y) {
    const tall = this.canvas.clientHeight - BOTTOM;
    const row = Math.floor((1 - y / tall) * this.picture.rows);
    return Math.min(Math.max(row, 0), this.picture.rows - 1);
  }

  #showCursor(x, row) {
    const tall = this.canvas.clientHeight - BOTTOM;
    const y = (1 - (row + 0.5) / this.picture.rows) * tall + this.canvas.offsetTop;
    this.cursor.style.transform = `translate(${x}px, ${y}px)`;
  }

  #listen(onpoint) {
    const plot = this.plot;
    const point = (event) => {
      const box = plot.getBoundingClientRect();
      const row = this.#row(event.clientY - box.top - this.canvas.offsetTop);
      const x = Math.min(Math.max(event.clientX - box.left, LEFT), box.width - RIGHT);
      return { x, seconds: this.seconds(x), row };
    };
    let from = null;
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.picture) return;
      from = { ...point(event), moved: false };
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => {
      if (!this.picture) return;
      const here = point(event);
      this.cursorRow = here.row;
      this.#showCursor(here.x, here.row);
      onpoint.read(this.read(here.seconds, here.row));
      if (!from || (!from.moved && Math.abs(here.x - from.x) < 4)) return;
      from.moved = true;
      onpoint.select([from.seconds, here.seconds].sort((a, b) => a - b));
    });
    plot.addEventListener("pointerup", () => {
      if (from && !from.moved) onpoint.seek(from.seconds);
      if (from?.moved) onpoint.selected();
      from = null;
    });
    plot.addEventListener("pointercancel", () => (from = null));
  }

  #frequencyTicks(context, tall) {
    const nice = [0, 50, 100, 200, 500, 1000, 2000, 3000, 4000, 5000, 6000, 8000, 10000, 15000, 20000, 30000, 40000];
    const { rows } = this.picture;
    let last = Infinity;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const hz of nice) {
      let row = this.hz.findIndex((value) => value >= hz);
      if (row < 0 || hz < this.hz[0] * 0.5) continue;
      if (row > 0) row -= (this.hz[row] - hz) / (this.hz[row] - this.hz[row - 1]);
      const y = Math.min(Math.max(tall * (1 - (row + 0.5) / rows), 6), tall - 5);
      if (last - y < 15) continue;
      last = y;
      context.fillText(hz >= 1000 ? `${hz / 1000} kHz` : `${hz} Hz`, LEFT - 6, y);
      context.fillRect(LEFT - 4, y, 4, 1);
    }
  }

  #timeTicks(context, height, width) {
    const span = this.picture.duration_s;
    const rough = span / Math.max(2, this.width / 70);
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough);
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    context.textAlign = "center";
    context.textBaseline = "bottom";
    for (let t = 0; t <= span + 1e-9; t += step) {
      const text = `${t.toFixed(digits)} s`;
      const x = Math.min(this.x(t), width - context.measureText(text).width / 2);
      context.fillText(text, x, height - 2);
      context.fillRect(this.x(t), height - BOTTOM, 1, 4);
    }
  }
}
