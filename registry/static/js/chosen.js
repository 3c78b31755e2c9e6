// What the page has put into a text (data-chosen="start end") is to be read first: it is selected,
// or its first 〔 〕, which only a person can fill. Without this script the text has the focus alone.

/** The place in UTF-16 units of a place counted in characters. */
const unit = (text, place) => [...text].slice(0, place).join("").length;

export function startChosen(root) {
  for (const area of root.querySelectorAll("textarea[data-chosen]")) {
    const [start, end] = area.dataset.chosen.split(" ").map((place) => unit(area.value, Number(place)));
    delete area.dataset.chosen;
    const blank = /〔[^〔〕]+〕/.exec(area.value.slice(start, end));
    const from = start + (blank?.index ?? 0);
    area.focus();
    area.setSelectionRange(from, blank ? from + blank[0].length : end);
  }
}
