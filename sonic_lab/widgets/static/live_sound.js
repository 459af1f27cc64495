// live_sound.js: playing a sound that is still being made. Its chunks follow one another without a
// gap or a click, and playing waits where the maker is slower than the ear.

const OVERLAP_S = 0.01; // chunks fade into each other within this; both hold the same samples
const LEAD_S = 0.06; // from asking the browser to play until it does
const REFILL_S = 0.6; // how much must be ready before playing goes on after a wait

/** Open the page's audio. Browsers allow it only in answer to a click or a key. */
function wakeAudio() {
  const audio = sharedAudio();
  audio.context ??= new AudioContext();
  if (audio.context.state !== "running") audio.context.resume();
}

class LivePlayer {
  #data = []; // one Float32Array a channel, as long as the sound will be
  #sr = 0;
  #have = 0; // samples that have come
  #scheduled = 0; // samples that the browser was given
  #sources = [];
  #master = null;
  #startedAt = 0; // on the context's clock
  #from = 0; // sample that was heard then
  #rest = 0; // where it rests while it does not play, s
  #volume = 0.7;
  #last = false; // no more will come
  #timer = 0;

  /** @param {() => void} changed called when playing starts, stops or waits */
  constructor(changed) {
    this.changed = changed;
    this.playing = false;
    this.waits = 0; // how often the ear was faster than the maker
  }

  /** Forget everything and wait for the chunks of a new sound. */
  begin() {
    this.pause();
    this.#data = [];
    this.#have = this.#scheduled = this.#rest = this.waits = 0;
    this.#last = false;
  }

  get ready() {
    return this.#sr ? this.#have / this.#sr : 0;
  }

  get duration() {
    return this.ready;
  }

  get samples() {
    return this.#have;
  }

  /** Take a chunk: int16, interleaved. Return false if one before it is missing. */
  append(view, { at, sr, channels }) {
    const pcm = typed(view, Int16Array);
    const skip = this.#have - at; // samples of it that are known already
    if (skip < 0) return false;
    const added = pcm.length / channels - skip;
    if (added <= 0) return true;
    this.#sr = sr;
    this.#data.length ||= channels;
    for (let c = 0; c < channels; c++) {
      let channel = this.#data[c] ?? new Float32Array(30 * sr);
      if (channel.length < this.#have + added) {
        const longer = new Float32Array(2 * (this.#have + added));
        longer.set(channel);
        channel = longer;
      }
      for (let i = 0; i < added; i++) channel[this.#have + i] = pcm[(skip + i) * channels + c] / 32768;
      this.#data[c] = channel;
    }
    this.#have += added;
    if (this.playing) this.#schedule();
    return true;
  }

  /** No more chunks will come: play what there is to its end. */
  finish() {
    this.#last = true;
    if (this.playing) this.#schedule();
  }

  /** What is heard now, s. */
  get position() {
    if (!this.playing || !this.#sr) return this.#rest;
    const { context } = sharedAudio();
    const latency = context.outputLatency || context.baseLatency || 0;
    const time = this.#from / this.#sr + Math.max(0, context.currentTime - this.#startedAt - latency);
    return Math.min(time, this.#scheduled / this.#sr);
  }

  async play() {
    const audio = sharedAudio();
    audio.context ??= new AudioContext();
    if (audio.context.state !== "running") await audio.context.resume();
    if (!this.#have || this.playing) return;
    if (audio.playing && audio.playing !== this) audio.playing.pause();
    audio.playing = this;
    this.#begin(Math.min(Math.round(this.#rest * this.#sr), this.#have - 1));
    this.changed();
  }

  pause() {
    if (!this.playing) return;
    this.#rest = this.position;
    this.#silence();
    this.changed();
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  seek(seconds) {
    const [wasPlaying, at] = [this.playing, Math.min(Math.max(seconds, 0), this.ready)];
    this.#silence();
    this.#rest = at;
    if (wasPlaying) this.play();
    this.changed();
  }

  set volume(volume) {
    this.#volume = Math.min(Math.max(volume, 0), 1);
    const { context } = sharedAudio();
    this.#master?.gain.setTargetAtTime(this.#volume, context.currentTime, FADE_S);
  }

  #begin(sample) {
    this.#silence();
    const audio = sharedAudio();
    const { context } = audio;
    this.#startedAt = context.currentTime + LEAD_S;
    this.#from = this.#scheduled = sample;
    this.#master = context.createGain();
    this.#master.connect(context.destination);
    this.#master.gain.setValueAtTime(0, this.#startedAt);
    const fade = audio.heard ? FADE_S : FIRST_FADE_S;
    this.#master.gain.linearRampToValueAtTime(this.#volume, this.#startedAt + fade);
    audio.heard = true;
    this.playing = true;
    this.#schedule();
  }

  /** Give the browser what has come since, and see to it that an end or a gap is noticed. */
  #schedule() {
    const { context } = sharedAudio();
    const overlap = Math.round(OVERLAP_S * this.#sr);
    const runsOut = () => this.#startedAt + (this.#scheduled - this.#from) / this.#sr;
    const fresh = this.#scheduled === this.#from;
    const late = !fresh && runsOut() - OVERLAP_S < context.currentTime + 0.005;
    if (late && this.#have > this.#scheduled) {
      const enough = this.#have - this.#scheduled >= REFILL_S * this.#sr || this.#last;
      if (!enough) return;
      this.waits += 1;
      this.#rest = this.#scheduled / this.#sr;
      return this.#begin(this.#scheduled);
    }
    if (this.#have - this.#scheduled > overlap || (this.#last && this.#have > this.#scheduled)) {
      const start = fresh ? this.#scheduled : this.#scheduled - overlap;
      this.#give(start, this.#have, overlap, fresh);
      this.#scheduled = this.#have;
    }
    clearTimeout(this.#timer);
    const over = (runsOut() - context.currentTime) * 1000 + 40;
    this.#timer = setTimeout(() => {
      if (!this.#last) return this.changed(); // it waits for more
      this.#silence();
      this.#rest = 0;
      this.changed();
    }, over);
  }

  #give(start, end, overlap, fresh) {
    const { context } = sharedAudio();
    const buffer = context.createBuffer(this.#data.length, end - start, this.#sr);
    this.#data.forEach((channel, c) => buffer.copyToChannel(channel.subarray(start, end), c));
    const when = this.#startedAt + (start - this.#from) / this.#sr;
    const until = when + (end - start) / this.#sr;
    const source = new AudioBufferSourceNode(context, { buffer });
    const gain = new GainNode(context, { gain: fresh ? 1 : 0 });
    const fade = overlap / this.#sr;
    gain.gain.setValueAtTime(fresh ? 1 : 0, when);
    gain.gain.linearRampToValueAtTime(1, when + (fresh ? 0.001 : fade));
    gain.gain.setValueAtTime(1, Math.max(until - fade, when + fade));
    gain.gain.linearRampToValueAtTime(0, until);
    source.connect(gain).connect(this.#master);
    source.start(when);
    this.#sources.push(source);
  }

  #silence() {
    clearTimeout(this.#timer);
    const { context } = sharedAudio();
    for (const source of this.#sources) source.stop(context.currentTime + 5 * FADE_S);
    this.#master?.gain.cancelScheduledValues(context.currentTime);
    this.#master?.gain.setTargetAtTime(0, context.currentTime, FADE_S / 2);
    this.#sources = [];
    this.#master = null;
    this.playing = false;
  }
}
