"""Instructions of the parts that have no kernel in them, counted by valgrind's callgrind: the same
whatever else the machine does. And the memory of an idle account, which is as steady."""
import re
import subprocess

# What an answering server does in the same process is left out.
ENGINE_ALONE = ["--toggle-collect=responder_answer", "--collect-atstart=yes"]


def collected(command, *options):
    result = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *options, *command],
        capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", result.stderr).group(1))


def of_one(command, count, *options):
    """Instructions of one unit: what a run of twice `count` takes more than one of `count`. The
    command's word N is the count."""
    runs = [collected([str(times) if word == "N" else word for word in command], *options)
            for times in (count, 2 * count)]
    return (runs[1] - runs[0]) // count


def count_all(bench):
    """`bench` is the folder of the built programs. A refresh is what one more costs on top of a
    registration."""
    registration = of_one([f"{bench}/bench_register", "N", "0"], 500, *ENGINE_ALONE)
    refreshed = of_one([f"{bench}/bench_register", "N", "1"], 500, *ENGINE_ALONE)
    figures = subprocess.run([f"{bench}/bench_register", "20000", "0"], capture_output=True,
                             text=True, check=True).stdout.split()
    return {
        "parse_722": of_one([f"{bench}/bench_parse", "N"], 1000),
        "digest": of_one([f"{bench}/bench_digest", "N"], 1000),
        "request": of_one([f"{bench}/bench_request", "N"], 1000),
        "registration": registration,
        "refresh": refreshed - registration,
        "idle_account_bytes": int(figures[3]),
    }
