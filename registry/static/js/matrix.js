// The matrix by keyboard: Tab enters the cells once, the arrow keys go on from cell to cell.
//
//   <table data-matrix>   its cells with a line hold <a data-cell tabindex="-1">
//
// Without this script every group is reached by the link at the head of its row.

function cells(table) {
  return [...table.tBodies[0].rows].map((row) =>
    [...row.cells].slice(1).map((cell) => cell.querySelector("[data-cell]")),
  );
}

function next(grid, row, column, key) {
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const [down, right] = steps[key];
  for (let y = row + down, x = column + right; grid[y] && x >= 0 && x < grid[y].length; y += down, x += right) {
    if (grid[y][x]) return grid[y][x];
  }
  return null;
}

function start(table) {
  const grid = cells(table);
  let current = grid.flat().find(Boolean);
  if (!current) return;
  current.tabIndex = 0;
  table.addEventListener("focusin", (event) => {
    if (!event.target.matches("[data-cell]")) return;
    current.tabIndex = -1;
    current = event.target;
    current.tabIndex = 0;
  });
  table.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow") || !event.target.matches("[data-cell]")) return;
    const row = event.target.closest("tr").sectionRowIndex;
    const found = next(grid, row, event.target.closest("td").cellIndex - 1, event.key);
    if (!found) return;
    event.preventDefault();
    found.focus();
    found.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

for (const table of document.querySelectorAll("[data-matrix]")) start(table);
