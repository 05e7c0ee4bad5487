const rows = [...document.querySelectorAll(".trial")];
const texts = rows.map((row) => row.querySelector("summary").textContent.toLowerCase());
const [scenario, fault, outcome, search, shown] = ["scenario", "fault", "outcome", "search", "shown"].map((id) => document.getElementById(id));
function fits(row, i, words) {
  if (scenario.value && row.dataset.scenario !== scenario.value) return false;
  if (fault?.value && !row.dataset.faults.split("\n").includes(fault.value)) return false;
  if (outcome.value && row.dataset.outcome !== outcome.value) return false;
  return words.every((word) => texts[i].includes(word));
}
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  rows.forEach((row, i) => {
    row.hidden = !fits(row, i, words);
    count += !row.hidden;
  });
  shown.textContent = `${count} trials`;
}
for (const control of [scenario, fault, outcome]) control?.addEventListener("change", filter);
search.addEventListener("input", filter);
document.getElementById("tools").hidden = false;
filter();
