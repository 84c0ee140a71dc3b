// Owns the finding of what was entered here while the room had stopped the clock and this page could not know of it: how often
// and when, told beside the answers, which are sent as always. Endpoint (through api.js): GET /{id}/current.

// What was under way as the clock stopped counts as before it.
const UNDER_WAY_MS = 2000;

/** Compare the journal of `test` with the pauses of its clock and note each entry once. Throws what `api.current` throws. */
export async function noteTypedInPauses({ api, journal, attention }) {
  const { sitting } = await api.current();
  const pauses = sitting.pauses ?? [];
  if (pauses.length === 0) return;
  const moments = await journal.moments();
  const told = await journal.told("pauses");
  for (const { begin_ms: begin, end_ms: end } of pauses) {
    const typed = moments.filter((at) => at > begin + UNDER_WAY_MS && (end === null || at < end));
    const news = typed.filter((at) => at > (told[begin] ?? 0));
    if (news.length === 0) continue;
    const last = Math.max(...news);
    attention.note("typed_in_pause", { at_ms: news[0], lasted_ms: last - news[0], value: news.length });
    told[begin] = last;
  }
  await journal.keepTold("pauses", told);
}
