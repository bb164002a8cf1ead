"""Runs clients against the responder, one after the other, and reads beside what each says of itself
(bench/measure.h) how busy the responder was and whether its socket dropped anything."""
import json
import subprocess
import threading
import time


class Responder:
    def __init__(self, bench, grant):
        self.process = subprocess.Popen([f"{bench}/bench_serve", str(grant)], text=True,
                                        stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def cpu_us(self):
        with open(f"/proc/{self.process.pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e3

    def dropped(self):
        """Datagrams that found its buffer full."""
        with open("/proc/net/udp", encoding="ascii") as file:
            return sum(int(line.split()[-1]) for line in file
                       if line.split()[1].endswith(f":{self.port:04X}"))


def run_client(bench, command, accounts, patience, grant=3600):
    """The phases that the client got through within `patience` seconds, and whether it was stopped.
    Each has `responder_us` and `dropped` besides. In the command PORT and ACCOUNTS are filled in."""
    with Responder(bench, grant) as responder:
        words = {"PORT": str(responder.port), "ACCOUNTS": str(accounts)}
        client = subprocess.Popen([words.get(word, word) for word in command], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  stdin=subprocess.DEVNULL)
        stop = threading.Timer(patience, client.kill)
        stop.start()
        phases, used, dropped = {}, responder.cpu_us(), responder.dropped()
        for line in client.stdout:
            phase = json.loads(line)
            now, lost = responder.cpu_us(), responder.dropped()
            phase.update(responder_us=now - used, dropped=lost - dropped)
            used, dropped = now, lost
            phases[phase["phase"]] = phase
        stop.cancel()
        return phases, client.wait() != 0


def quiet(seconds=0.2):
    """Lets what the last one left behind come to rest."""
    time.sleep(seconds)
