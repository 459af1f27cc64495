// candidates.js: what one token was drawn from.

/** What a token was drawn from: the likeliest candidates, and the one that it became. */
function candidates(model, signal, palette) {
  const words = h("div", { "aria-live": "polite", "data-testid": "place-words" });
  const list = h("ol", { class: "sl-candidates", "data-testid": "candidates" });
  const row = (token, probability, chosen, top) => {
    const c = 3 * (token % (palette.length / 3));
    const bar = h("i", {});
    bar.style.width = `${(100 * probability) / top}%`;
    bar.style.background = `rgb(${palette[c]} ${palette[c + 1]} ${palette[c + 2]})`;
    const percent = `${(100 * probability).toFixed(probability < 0.0995 ? 2 : 1)} %`;
    const item = h("li", { class: chosen ? "sl-drawn" : "" },
      h("b", {}, `${token}`), h("span", {}, bar), h("output", {}, percent));
    if (chosen) item.append(h("em", {}, "drawn"));
    return item;
  };
  follow(model, signal, ["distribution"], () => {
    const found = model.get("distribution");
    const there = "tokens" in found;
    list.hidden = !there;
    words.textContent = there
      ? found.words
      : "Click a token, or go to it with the arrow keys, to see what the model held likely there.";
    if (!there) return;
    const top = Math.max(...found.probabilities, found.chosen_probability);
    const rows = found.tokens.map((token, i) => row(token, found.probabilities[i], token === found.chosen, top));
    if (found.rank === null) rows.push(row(found.chosen, found.chosen_probability, true, top));
    list.replaceChildren(...rows);
  });
  return [words, list];
}
