"use strict";
// Sort a table by the clicked column, numbers by data-v and words as text; a second click reverses the order.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, index) => row.cells[index].dataset.v ?? row.cells[index].textContent.trim();
  heads.forEach((head, index) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const numbers = head.classList.contains("n");
      const first = numbers ? "descending" : "ascending";
      const order = head.ariaSort === first ? (numbers ? "ascending" : "descending") : first;
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows].map((row) => [row, value(row, index)]);
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
// Show the rows that contain the typed text and, if the table has kinds, are of the chosen kind.
for (const tools of document.querySelectorAll(".tools[data-for]")) {
  const table = document.getElementById(tools.dataset.for);
  const search = tools.querySelector("input");
  const kind = tools.querySelector("select");
  const count = tools.querySelector("output");
  const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
  const apply = () => {
    const wanted = search.value.trim().toLowerCase();
    let shown = 0;
    for (const [row, text] of rows) {
      const kinds = (row.dataset.kind ?? "").split(" ");
      const matches = text.includes(wanted) && (!kind || !kind.value || kinds.includes(kind.value));
      row.hidden = !matches;
      shown += matches;
    }
    table.classList.toggle("filtered", shown < rows.length); // what was found is shown, wherever it is in the table
    count.value = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  };
  search.addEventListener("input", apply);
  kind?.addEventListener("change", apply);
  apply();
}
// Describe the result under the pointer in the heat map; a click opens that student's page.
const heat = document.getElementById("heat");
if (heat) {
  const data = JSON.parse(document.getElementById("heat-data").textContent);
  const pointed = document.getElementById("pointed");
  const pixel = (event) => {
    const box = heat.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * data.rows[0].length);
    const y = Math.floor(((event.clientY - box.top) / box.height) * data.rows.length);
    return [Math.max(0, Math.min(x, data.rows[0].length - 1)), Math.max(0, Math.min(y, data.rows.length - 1))];
  };
  heat.addEventListener("pointermove", (event) => {
    const [x, y] = pixel(event);
    const [exercise, title] = data.columns[x];
    pointed.textContent = exercise
      ? `${data.students[y]} · ${exercise} · ${title}: ${data.statuses[data.rows[y][x]]}`
      : data.students[y];
  });
  heat.addEventListener("click", (event) => { location.href = data.hrefs[pixel(event)[1]]; });
}
// Open all <details> for printing.
addEventListener("beforeprint", () => { for (const details of document.querySelectorAll("details")) details.open = true; });
