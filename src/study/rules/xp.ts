const xpPerMinute = 2

/** Experience for counted time, by whole minutes: 120 minutes are 240. */
export const xpFor = (seconds: number) => xpPerMinute * Math.floor(seconds / 60)

/** The experience with which a level starts: 0, 300, 900, 1800 … */
export const levelStart = (level: number) => 150 * level * (level - 1)

export function levelOf(xp: number): number {
  const near = Math.floor((1 + Math.sqrt(1 + (4 * Math.max(0, xp)) / 150)) / 2)
  // A root is not exact, whole numbers are.
  if (levelStart(near) > xp && near > 1) return near - 1
  return levelStart(near + 1) <= xp ? near + 1 : near
}
