import { readdir, readFile } from 'node:fs/promises';

/** The most memory that each workerd which this process started has had, and this process itself, in MiB. Linux only. */
export async function peakMemory(): Promise<{ workerd: number[]; driver: number }> {
  const workerd: number[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await statusOf(pid);
    if (status?.Name === 'workerd' && (await descendsFromHere(status))) workerd.push(peakOf(status));
  }
  const own = await statusOf(String(process.pid));
  return { workerd, driver: own ? peakOf(own) : Number.NaN };
}

type Status = Readonly<Record<string, string>>;

async function descendsFromHere(status: Status): Promise<boolean> {
  for (let parent = status.PPid; parent !== undefined && parent !== '0'; ) {
    if (parent === String(process.pid)) return true;
    parent = (await statusOf(parent))?.PPid;
  }
  return false;
}

/** Null where the process has ended meanwhile. */
async function statusOf(pid: string): Promise<Status | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  if (text === null) return null;
  return Object.fromEntries(text.split('\n').map((line) => line.split(/:\s*/, 2)));
}

function peakOf({ VmHWM = '' }: Status): number {
  return Math.round(Number.parseInt(VmHWM, 10) / 1024);
}
