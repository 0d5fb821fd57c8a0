import { runDurableObjectAlarm } from 'cloudflare:test'

/**
 * Runs an object's alarm now. While one that was due runs by itself there is none to run; it is waited for, or what a test
 * wants done would be left to chance.
 */
export async function runAlarm(stub: Parameters<typeof runDurableObjectAlarm>[0]): Promise<void> {
  for (let tries = 0; tries < 20 && !(await runDurableObjectAlarm(stub)); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
}
