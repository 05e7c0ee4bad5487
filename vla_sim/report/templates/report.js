const rows = [...document.querySelectorAll(".trial")];
const texts = rows.map((row) => row.querySelector("summary").textContent.toLowerCase());
const outcome = document.getElementById("outcome");
const search = document.getElementById("search");
const shown = document.getElementById("shown");
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  rows.forEach((row, i) => {
    const fits = (!outcome.value || row.dataset.outcome === outcome.value) && words.every((word) => texts[i].includes(word));
    row.hidden = !fits;
    count += fits;
  });
  shown.textContent = `${count} trials`;
}
outcome.addEventListener("change", filter);
search.addEventListener("input", filter);
