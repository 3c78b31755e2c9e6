// The text that spreadsheets put on the clipboard: tabs between cells, lines between rows, and
// quotation marks around a cell that holds a tab, a line break or a quotation mark.

/** Rows of cells. A last line break ends the last row and does not begin another. */
export function parseTable(text) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  let fresh = true; // at the beginning of a cell, the only place where a quotation mark opens
  const endCell = () => {
    row.push(cell);
    cell = "";
    fresh = true;
  };
  const source = text.replace(/\r\n?/g, "\n");
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && fresh && closes(source, at)) {
      quoted = true;
      fresh = false;
    } else if (sign === "\t") endCell();
    else if (sign === "\n") {
      endCell();
      rows.push(row);
      row = [];
    } else {
      cell += sign;
      fresh = false;
    }
  }
  if (cell !== "" || row.length > 0 || !fresh) {
    endCell();
    rows.push(row);
  }
  return rows;
}

// A cell may also just begin with a quotation mark: it is a quoted one only when a closing mark
// stands before a tab, a line break or the end.
function closes(source, open) {
  for (let at = open + 1; at < source.length; at += 1) {
    if (source[at] !== '"') continue;
    if (source[at + 1] === '"') at += 1;
    else return at + 1 === source.length || source[at + 1] === "\t" || source[at + 1] === "\n";
  }
  return false;
}

export function writeTable(rows) {
  return rows.map((row) => row.map(writeCell).join("\t")).join("\n");
}

function writeCell(text) {
  return /[\t\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
