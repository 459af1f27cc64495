"""Words for what is heard: the plainest first, which is drawn most."""

from __future__ import annotations

from .luck import Luck

INSTRUMENT_WORDS = {
    "piano": ("piano", "grand piano", "solo piano", "keys"),
    "guitar": ("guitar", "acoustic guitar", "plucked guitar", "guitars"),
    "flute": ("flute", "wooden flute", "flutes"),
    "bells": ("bells", "chimes", "bell"),
    "strings": ("strings", "violins", "string section", "string ensemble", "bowed strings"),
    "synth": ("synth", "synthesizer", "synthesiser", "synths", "synth lead"),
    "bass": ("bass", "bassline", "bass line", "deep bass"),
    "drums": ("drums", "percussion", "drum kit", "drum beat", "beat"),
    "clarinet": ("clarinet",),
    "kalimba": ("kalimba", "mbira"),
    "brass": ("brass", "trumpet"),
}
MOOD_WORDS = {
    "sad": ("sad", "melancholic", "mournful", "sorrowful", "gloomy", "melancholy"),
    "peaceful": ("peaceful", "gentle", "serene", "tender", "soft"),
    "warm": ("warm", "pleasant", "friendly", "sunny", "bright"),
    "wistful": ("wistful", "melancholic", "moody", "nostalgic", "pensive"),
    "happy": ("happy", "cheerful", "joyful", "merry", "bright", "upbeat"),
    "tense": ("tense", "dark", "dramatic", "urgent", "restless"),
    "energetic": ("energetic", "lively", "driving", "powerful", "vigorous"),
    "calm": ("calm", "relaxing", "soothing", "mellow", "quiet", "relaxed"),
}
PACE_WORDS = {
    "slow": ("slow", "slow-paced", "unhurried", "slow tempo"),
    "medium": ("medium tempo", "mid-tempo", "moderate"),
    "fast": ("fast", "quick", "up-tempo", "fast-paced", "rapid"),
}
STYLE_WORDS = {
    "80s synth pop": ("80s synth pop", "80s pop synth", "80s pop", "synthpop", "eighties pop"),
    "acoustic folk": ("acoustic folk", "folk", "acoustic", "folky"),
    "lo-fi": ("lo-fi", "lofi", "lo-fi hip hop", "chillhop"),
    "techno": ("techno", "club", "electronic dance", "rave"),
    "waltz": ("waltz", "waltzing", "three-four"),
    "ambient": ("ambient", "atmospheric", "dreamy", "spacious"),
    "funk": ("funk", "funky", "groovy"),
    "chiptune": ("chiptune", "8-bit", "video game", "retro game"),
}
NO_DRUMS = ("no drums", "without drums", "without percussion", "no percussion")
BASSLINES = {
    "80s synth pop": ("a groovy bassline", "a groovy bass line", "a pulsing bass"),
    "funk": ("a groovy bassline", "a funky bassline", "a funky bass line"),
    "techno": ("a driving bass", "a pumping bassline"),
    "chiptune": ("a bouncing bassline", "a busy bass"),
}


def say(luck: Luck, words: tuple[str, ...]) -> str:
    """Draw a word: the plainest half the time."""
    return words[0] if luck.chance(0.5) else luck.pick(words)
