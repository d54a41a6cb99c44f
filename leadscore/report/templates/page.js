"use strict";
// Sorts a table by the header that is pressed, and shows the first rows that a filter or a search leaves, or all.
for (const table of document.querySelectorAll("table.tall")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const headers = [...table.tHead.rows[0].cells];
  const tools = document.querySelector(`.tools[data-table="${table.id}"]`);
  const more = document.querySelector(`.more[data-table="${table.id}"]`);
  let limit = Number(table.dataset.first);
  const value = (row, column) => row.cells[column].dataset.order ?? row.cells[column].textContent;

  const compare = (one, other) => {
    const [a, b] = [Number(one), Number(other)];
    const numbers = one !== "" && other !== "" && !Number.isNaN(a) && !Number.isNaN(b);
    return numbers ? a - b : one.localeCompare(other, "en", { numeric: true });
  };

  const sort = (column) => {
    const before = headers[column].getAttribute("aria-sort");
    const first = headers[column].classList.contains("number") ? "descending" : "ascending";
    const other = { ascending: "descending", descending: "ascending" };
    const way = before ? other[before] : first;
    headers.forEach((header) => header.removeAttribute("aria-sort"));
    headers[column].setAttribute("aria-sort", way);
    const sign = way === "ascending" ? 1 : -1;
    const places = new Map(rows.map((row, place) => [row, place]));
    rows.sort((a, b) => sign * compare(value(a, column), value(b, column)) || places.get(a) - places.get(b));
    body.append(...rows);
    show();
  };

  const show = () => {
    const wanted = tools.querySelector("input").value.trim().toLowerCase();
    const chosen = [...tools.querySelectorAll("select")].filter((each) => each.value !== "");
    let found = 0;
    for (const row of rows) {
      const fits = chosen.every((each) => row.cells[each.dataset.column].textContent === each.value);
      const there = fits && row.textContent.toLowerCase().includes(wanted);
      found += there ? 1 : 0;
      row.hidden = !there || found > limit;
    }
    const [all, some] = [rows.length.toLocaleString("en"), found.toLocaleString("en")];
    tools.querySelector("output").textContent = found === rows.length ? `${all} rows` : `${some} of ${all} rows`;
    more.hidden = found <= limit;
    more.textContent = `Show all ${some}`;
  };

  more.addEventListener("click", () => {
    limit = Infinity;
    show();
  });

  headers.forEach((header, column) => header.firstElementChild?.addEventListener("click", () => sort(column)));
  tools.addEventListener("input", show);
  show();
}
