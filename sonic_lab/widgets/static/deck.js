// deck.js: what a studio's stage plays, before it is whole and after.

/** What plays the stage: a sound that is whole, or one that is still coming. */
class Deck {
  whole = new Player(() => this.changed());
  live = new LivePlayer(() => this.#heed());
  onLive = false;
  number = 0; // of the take that is on the stage, 0 for the one being made
  expected = 0; // how long the one being made will be, s
  changed = () => {};

  get active() {
    return this.onLive ? this.live : this.whole;
  }
  get playing() {
    return this.active.playing;
  }
  get position() {
    return this.active.position;
  }
  get duration() {
    return this.active.duration;
  }
  get total() {
    return this.onLive ? Math.max(this.expected, this.live.duration) : this.whole.duration;
  }
  set volume(volume) {
    this.whole.volume = this.live.volume = volume;
  }
  set loop(loop) {
    this.whole.loop = loop;
  }
  play() {
    return this.active.play();
  }
  pause() {
    this.active.pause();
  }
  toggle() {
    return this.playing ? this.pause() : this.play();
  }
  seek(seconds) {
    this.active.seek(seconds);
  }

  /** A new sound begins to come. */
  begin(expected) {
    this.whole.pause();
    this.live.begin();
    [this.onLive, this.number, this.expected] = [true, 0, expected];
  }

  /** Put a whole sound on the stage; one that still plays as it came goes on to its end. */
  show(sound, { goOn }) {
    this.number = sound.number ?? 0;
    const { pcm, sr, channels, duration_s } = sound;
    const at = this.onLive && goOn ? this.live.position : 0;
    if (!goOn || !this.live.playing) this.live.pause();
    this.onLive = goOn && this.live.playing;
    if (pcm) this.whole.load([pcm], { sr, channels, duration: duration_s });
    else this.whole.load([], { sr: 16000, channels: 1, duration: 0 });
    if (at && !this.onLive) this.whole.seek(at);
  }

  #heed() {
    if (this.onLive && this.number && !this.live.playing) {
      this.onLive = false; // it has ended, or was stopped: from here on the whole sound plays
      this.whole.seek(this.live.position);
    }
    this.changed();
  }
}
