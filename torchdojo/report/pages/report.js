"use strict";
// Sort a table by a column: numbers by data-v, words by what is written. A second press turns the order round.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, at) => row.cells[at].dataset.v ?? row.cells[at].textContent.trim();
  heads.forEach((head, at) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const numbers = head.classList.contains("n");
      const first = numbers ? "descending" : "ascending";
      const order = head.ariaSort === first ? (numbers ? "ascending" : "descending") : first;
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows].map((row) => [row, value(row, at)]);
      rows.sort(([, a], [, b]) => {
        if (a === "" || b === "") return (a === "") - (b === "");
        return sign * (numbers ? a - b : a.localeCompare(b, "en", { numeric: true }));
      });
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.ariaSort = order;
      body.append(...rows.map(([row]) => row));
    });
  });
}
// Show the rows that hold what is typed, and, where there is a choice, that are of the chosen kind.
for (const tools of document.querySelectorAll(".tools[data-for]")) {
  const table = document.getElementById(tools.dataset.for);
  const text = tools.querySelector("input");
  const kind = tools.querySelector("select");
  const count = tools.querySelector("output");
  const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
  const apply = () => {
    const wanted = text.value.trim().toLowerCase();
    let shown = 0;
    for (const [row, words] of rows) {
      const kinds = (row.dataset.kind ?? "").split(" ");
      const fits = words.includes(wanted) && (!kind || !kind.value || kinds.includes(kind.value));
      row.hidden = !fits;
      shown += fits;
    }
    count.value = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  };
  text.addEventListener("input", apply);
  kind?.addEventListener("change", apply);
  apply();
}
// Say what the place under the pointer in the heat map is; a press opens that student.
const heat = document.getElementById("heat");
if (heat) {
  const data = JSON.parse(document.getElementById("heat-data").textContent);
  const said = document.getElementById("said");
  const place = (event) => {
    const box = heat.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * data.rows[0].length);
    const y = Math.floor(((event.clientY - box.top) / box.height) * data.rows.length);
    return [Math.max(0, Math.min(x, data.rows[0].length - 1)), Math.max(0, Math.min(y, data.rows.length - 1))];
  };
  heat.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    const [exercise, title] = data.columns[x];
    said.textContent = exercise
      ? `${data.students[y]} · ${exercise} · ${title}: ${data.words[data.rows[y][x]]}`
      : data.students[y];
  });
  heat.addEventListener("click", (event) => { location.href = data.hrefs[place(event)[1]]; });
}
// What is folded would be missing on paper.
addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });
