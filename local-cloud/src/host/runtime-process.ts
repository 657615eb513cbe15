import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { LocalCloudError } from './local-cloud-error.ts';

const DATA_DIR_VARIABLE = 'LOCAL_CLOUD_DATA_DIR';
const HOST_PID_VARIABLE = 'LOCAL_CLOUD_HOST_PID';
const END_TIMEOUT_MS = 5_000;
const POLL_MS = 5;

interface RuntimeProcess {
  pid: number;
  parentPid: number;
  hostPid: number;
}

/** The environment by which the runtime of a data folder is known again. */
export function runtimeEnv(dataDir: string): Record<string, string> {
  return { [DATA_DIR_VARIABLE]: dataDir, [HOST_PID_VARIABLE]: String(process.pid) };
}

/**
 * Ends a runtime that outlived its host: workerd survives `kill -9` of the process that started it, and keeps its ports
 * and SQLite files. Throws when the data folder is in use by a host that is alive.
 */
export async function endStaleRuntime(dataDir: string): Promise<void> {
  for (const runtime of findRuntimes(dataDir)) {
    if (runtime.parentPid === runtime.hostPid) {
      const message = `${dataDir} is in use by the local cloud of process ${runtime.hostPid}.`;
      throw new LocalCloudError('DATA_DIR_IN_USE', message);
    }
    process.kill(runtime.pid, 'SIGKILL');
    const deadline = Date.now() + END_TIMEOUT_MS;
    while (findRuntimes(dataDir).some(({ pid }) => pid === runtime.pid)) {
      if (Date.now() > deadline) throw new Error(`The runtime ${runtime.pid} of ${dataDir} does not end.`);
      await delay(POLL_MS);
    }
  }
}

/** Ensures that this process's runtime for a data folder ends when this process does, however it ends. */
export function watchRuntime(dataDir: string): { renew(): void; release(): void } {
  let watcher: ChildProcess | undefined;
  return {
    /** To be called when the runtime has started, and again when it was started anew. */
    renew() {
      watcher?.kill('SIGKILL');
      const runtime = findRuntimes(dataDir).find(({ hostPid }) => hostPid === process.pid);
      watcher = runtime === undefined ? undefined : startWatcher(runtime.pid);
    },
    release() {
      watcher?.kill('SIGKILL');
    },
  };
}

/** The watcher reads a pipe that only this process holds open, so reading ends when this process does. */
function startWatcher(runtimePid: number): ChildProcess {
  const script = 'read -r word || kill -9 "$1"';
  const watcher = spawn('/bin/sh', ['-c', script, 'local-cloud-watcher', String(runtimePid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.on('error', (error) =>
    process.stderr.write(`local-cloud: the runtime is not watched: ${error.message}\n`),
  );
  watcher.unref();
  return watcher;
}

function findRuntimes(dataDir: string): RuntimeProcess[] {
  return process.platform === 'linux' ? runtimesFromProc(dataDir) : runtimesFromPs(dataDir);
}

function runtimesFromProc(dataDir: string): RuntimeProcess[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0');
      if (!environment.includes(`${DATA_DIR_VARIABLE}=${dataDir}`)) return [];
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const [state, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const isRuntime = stat.includes('(workerd') && state !== 'Z';
      const host = environment.find((line) => line.startsWith(`${HOST_PID_VARIABLE}=`));
      const hostPid = Number(host?.slice(HOST_PID_VARIABLE.length + 1));
      return isRuntime ? [{ pid, parentPid: Number(parentPid), hostPid }] : [];
    } catch {
      // Another user's process, or one that ended while it was read: not ours either way.
      return [];
    }
  });
}

function runtimesFromPs(dataDir: string): RuntimeProcess[] {
  if (process.platform === 'win32') return [];
  const lines = execFileSync('ps', ['eww', '-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' }).split(
    '\n',
  );
  return lines.flatMap((line) => {
    const match = /^\s*(?<pid>\d+)\s+(?<parentPid>\d+)\s+(?<command>.*)$/.exec(line)?.groups;
    if (
      !match?.command?.includes('workerd') ||
      !`${match.command} `.includes(` ${DATA_DIR_VARIABLE}=${dataDir} `)
    )
      return [];
    const hostPid = Number(new RegExp(` ${HOST_PID_VARIABLE}=(\\d+)`).exec(match.command)?.[1]);
    return [{ pid: Number(match.pid), parentPid: Number(match.parentPid), hostPid }];
  });
}
