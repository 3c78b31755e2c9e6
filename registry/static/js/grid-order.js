// Sorting and filtering in place, for a list that is wholly in the page (data-complete).
// Otherwise the links of the heads and the filter form ask the server.

const collator = new Intl.Collator("ja", { numeric: true });
const fold = (text) => text.normalize("NFKC").toLowerCase();

function text(row, field) {
  const control = row.control(field);
  if (!control) return row.cell(field)?.textContent.trim() ?? "";
  if (control instanceof HTMLSelectElement) return control.selectedOptions[0]?.text.trim() ?? "";
  return control.value;
}

export function startOrder(grid) {
  if (!("complete" in grid.form.dataset)) return;
  const head = grid.table.tHead;
  head.addEventListener("click", (event) => {
    const link = event.target.closest("a.kz-sort");
    if (!link) return;
    event.preventDefault();
    sort(grid, link.closest("th"));
  });
  const filters = [...grid.form.querySelectorAll("[data-filter]")];
  for (const item of filters) {
    item.addEventListener("input", () => filter(grid, filters));
    item.addEventListener("change", () => filter(grid, filters));
    item.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing && event.keyCode !== 229) event.preventDefault();
    });
  }
}

function sort(grid, th) {
  const direction = th.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  for (const other of th.parentElement.children) {
    other.removeAttribute("aria-sort");
    other.querySelector(".kz-sort__mark")?.remove();
  }
  th.setAttribute("aria-sort", direction);
  const mark = document.createElement("span");
  mark.className = "kz-sort__mark";
  mark.setAttribute("aria-hidden", "true");
  mark.textContent = direction === "ascending" ? "▲" : "▼";
  const link = th.querySelector("a.kz-sort");
  link.append(mark);
  const sign = direction === "ascending" ? 1 : -1;
  const keyed = grid.rows.map((row) => [text(row, th.dataset.field), row]);
  // Empty cells come last in both directions, as spreadsheets do it.
  keyed.sort(([a], [b]) => {
    if ((a === "") !== (b === "")) return a === "" ? 1 : -1;
    return sign * collator.compare(a, b);
  });
  grid.rows = keyed.map(([, row]) => row);
  grid.body.append(...grid.rows.map((row) => row.tr));
  const words = direction === "ascending" ? "昇順" : "降順";
  grid.say(`${link.firstChild.textContent.trim()}の${words}に並べ替えました。`);
}

function filter(grid, filters) {
  const wanted = filters.map((item) => [item.dataset.filter, fold(item.value.trim())]).filter(([, value]) => value);
  let shown = 0;
  for (const row of grid.rows) {
    const fits = wanted.every(([field, value]) => {
      const control = row.control(field);
      const exact = control instanceof HTMLSelectElement && fold(control.value) === value;
      return exact || fold(text(row, field)).includes(value);
    });
    // What is not saved yet never disappears from sight.
    row.tr.hidden = !fits && !row.dirty;
    if (!row.tr.hidden) shown += 1;
  }
  grid.say(wanted.length ? `${grid.rows.length}行のうち${shown}行を表示しています。` : `全${grid.rows.length}行を表示しています。`);
}
