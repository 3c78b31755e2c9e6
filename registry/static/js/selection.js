// Ticks at the rows of any table: tick all, a range with Shift, and the count in words.
//
//   <input type="checkbox" data-select-all hidden>   in the head; shown by this script
//   <input type="checkbox" class="kz-select-row">    one a row
//   <… data-select-count>                            optional: gets 「3行を選択中」

function boxes(table) {
  return [...table.querySelectorAll(".kz-select-row")].filter((box) => !box.closest("tr").hidden);
}

function show(table) {
  const all = boxes(table);
  const ticked = all.filter((box) => box.checked).length;
  const head = table.querySelector("[data-select-all]");
  if (head) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
  const scope = table.closest("form") ?? document;
  for (const place of scope.querySelectorAll("[data-select-count]")) {
    const text = ticked ? `${ticked}行を選択中` : "";
    if (place.textContent !== text) place.textContent = text;
  }
}

/** Tick or untick rows, by code; keeps the head and the count in step. */
export function tick(table, chosen, on) {
  for (const box of chosen) box.checked = on;
  show(table);
}

export function visibleBoxes(table) {
  return boxes(table);
}

export function startSelection(root) {
  for (const head of root.querySelectorAll("[data-select-all]")) {
    const table = head.closest("table");
    if (table.dataset.selection) continue;
    table.dataset.selection = "on";
    head.hidden = false;
    let last = null;
    let shift = false;
    table.addEventListener("click", (event) => {
      shift = event.shiftKey;
    }, true);
    table.addEventListener("change", (event) => {
      const box = event.target;
      if (box === head) tick(table, boxes(table), head.checked);
      else if (box.classList.contains("kz-select-row")) {
        const all = boxes(table);
        if (shift && last && all.includes(last)) {
          const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
          tick(table, all.slice(from, to + 1), box.checked);
        }
        last = box;
        show(table);
      }
      shift = false;
    });
    show(table);
  }
}
