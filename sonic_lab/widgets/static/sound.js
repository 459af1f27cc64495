// sound.js: playing. One instrument sounds at a time on a page, its versions in step, and the
// clock it shows is the clock of what is heard.

const SHARED = Symbol.for("sonic-lab.audio");
const FIRST_FADE_S = 0.25; // the very first sound of a page comes in gently
const FADE_S = 0.012; // later ones just do not click

/** The page's one audio context: browsers allow few, and two would drift apart. */
function sharedAudio() {
  return (globalThis[SHARED] ??= { context: null, playing: null, heard: false });
}

/** Bytes from the kernel, as an array of another type. They may lie unaligned: copy. */
function typed(view, Type) {
  const { buffer, byteOffset, byteLength } = view;
  return new Type(buffer.slice(byteOffset, byteOffset + byteLength));
}

class Player {
  #pcm = [];
  #format = { sr: 44100, channels: 1 };
  #buffers = null;
  #voices = [];
  #master = null;
  #startedAt = 0; // on the context's clock
  #from = 0; // where in the sound that was, s
  #rest = 0; // where it rests while it does not play, s
  #region = null;
  #loop = false;
  #volume = 0.7;
  #chosen = 0;

  /** @param {() => void} changed called when playing starts, stops or is moved */
  constructor(changed) {
    this.changed = changed;
    this.duration = 0;
    this.playing = false;
  }

  /** Take the versions to play: int16 samples, channels interleaved, all at one rate. */
  load(versions, { sr, channels, duration }) {
    this.stop();
    this.#pcm = versions.map((view) => typed(view, Int16Array));
    this.#format = { sr, channels };
    this.#buffers = null;
    this.#rest = 0;
    this.duration = duration;
    this.changed();
  }

  get span() {
    return this.#region ?? [0, this.duration];
  }

  /** What is heard now, in seconds from the start of the sound. */
  get position() {
    if (!this.playing) return this.#rest;
    const { context } = sharedAudio();
    const latency = context.outputLatency || context.baseLatency || 0;
    const time = this.#from + Math.max(0, context.currentTime - this.#startedAt - latency);
    const [start, end] = this.span;
    if (this.#loop && time >= end) return start + ((time - start) % (end - start));
    return Math.min(time, end);
  }

  async play() {
    if (!this.duration) return;
    const audio = sharedAudio();
    audio.context ??= new AudioContext();
    if (audio.context.state !== "running") await audio.context.resume();
    if (audio.playing && audio.playing !== this) audio.playing.pause();
    audio.playing = this;
    const [start, end] = this.span;
    const at = this.#rest;
    this.#start(at >= start && at < end - 0.005 ? at : start);
    this.changed();
  }

  pause() {
    if (!this.playing) return;
    this.#rest = this.position;
    this.#silence();
    this.changed();
  }

  stop() {
    this.pause();
    this.#rest = this.span[0];
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  seek(seconds) {
    this.#rest = Math.min(Math.max(seconds, 0), this.duration);
    if (this.playing) this.#start(this.#rest);
    this.changed();
  }

  /** Play this part only: [start, end] in s, or null for all. */
  set region(region) {
    const at = this.position;
    this.#region = region;
    const [start, end] = this.span;
    this.#rest = at;
    if (this.playing) this.#start(at >= start && at < end ? at : start);
    this.changed();
  }

  set loop(loop) {
    const at = this.position;
    this.#loop = loop;
    if (this.playing) this.#start(at);
  }

  set volume(volume) {
    this.#volume = Math.min(Math.max(volume, 0), 1); // never louder than the limiter allowed
    const { context } = sharedAudio();
    this.#master?.gain.setTargetAtTime(this.#volume, context.currentTime, FADE_S);
  }

  /** Hear version number `index`; the others go on in silence, in step. */
  set chosen(index) {
    this.#chosen = index;
    const { context } = sharedAudio();
    this.#voices.forEach(({ gain }, i) =>
      gain.gain.setTargetAtTime(i === index ? 1 : 0, context.currentTime, FADE_S / 3),
    );
  }

  #start(from) {
    this.#silence();
    const audio = sharedAudio();
    const { context } = audio;
    const [start, end] = this.span;
    const when = context.currentTime + 0.01;
    this.#master = context.createGain();
    this.#master.connect(context.destination);
    this.#master.gain.setValueAtTime(0, when);
    this.#master.gain.linearRampToValueAtTime(
      this.#volume,
      when + (audio.heard ? FADE_S : FIRST_FADE_S),
    );
    audio.heard = true;
    this.#buffers ??= this.#decode(context);
    this.#voices = this.#buffers.map((buffer, i) => {
      const source = new AudioBufferSourceNode(context, {
        buffer,
        loop: this.#loop,
        loopStart: start,
        loopEnd: end,
      });
      const gain = new GainNode(context, { gain: i === this.#chosen ? 1 : 0 });
      source.connect(gain).connect(this.#master);
      if (this.#loop) source.start(when, from);
      else source.start(when, from, end - from);
      return { source, gain };
    });
    this.#voices[0].source.onended = () => {
      this.#rest = this.span[0];
      this.playing = false;
      this.changed();
    };
    this.#startedAt = when;
    this.#from = from;
    this.playing = true;
  }

  #silence() {
    const { context } = sharedAudio();
    for (const { source } of this.#voices) {
      source.onended = null;
      source.stop(context.currentTime + 5 * FADE_S);
    }
    this.#master?.gain.cancelScheduledValues(context.currentTime);
    this.#master?.gain.setTargetAtTime(0, context.currentTime, FADE_S / 2);
    this.#voices = [];
    this.playing = false;
  }

  #decode(context) {
    const { sr, channels } = this.#format;
    const length = Math.max(...this.#pcm.map((pcm) => pcm.length)) / channels;
    return this.#pcm.map((pcm) => {
      const buffer = context.createBuffer(channels, length, sr);
      for (let c = 0; c < channels; c++) {
        const out = buffer.getChannelData(c);
        for (let i = 0, j = c; j < pcm.length; i++, j += channels) out[i] = pcm[j] / 32768;
      }
      return buffer;
    });
  }
}
