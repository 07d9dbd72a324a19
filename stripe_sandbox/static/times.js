// Shows times in the browser's own zone; without JavaScript they stay in UTC, and say so.
const thisYear = new Date().getFullYear();

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  const style = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  if (time.dataset.precise !== undefined) style.second = "2-digit";
  if (at.getFullYear() !== thisYear) style.year = "numeric";
  time.title = time.textContent;
  time.textContent = at.toLocaleString(undefined, style);
}
