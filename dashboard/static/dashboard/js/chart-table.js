// The points of a chart as a table, newest first: the same figures without a picture.
import { valueAt } from "./chart-kinds.js";
import { gettext } from "./words.js";

export function fillTable(table, kind, series, momentWords) {
  const head = row("th", [gettext("Time"), ...kind.lines.map(({ label }) => label)]);
  for (const cell of head.cells) cell.scope = "col";
  const rows = series.at.map((_, k) => {
    const values = kind.lines.map((line) => valueAt(line, series, k));
    return row("td", [momentWords(k), ...values.map((value) => (value === null ? gettext("unknown") : kind.said(value)))]);
  });
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...rows.reverse());
}

function row(tag, texts) {
  const made = document.createElement("tr");
  made.append(
    ...texts.map((text, k) => {
      const cell = document.createElement(tag);
      cell.textContent = text;
      if (k) cell.className = "num";
      return cell;
    }),
  );
  return made;
}
