"""A command that runs: how it is killed, stopped and measured."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Running:
    """A command that runs."""

    process: subprocess.Popen[bytes]
    log: Path
    peak_kb: int = 0
    started: float = field(default_factory=time.monotonic)

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def wait_said(self, text: str, timeout_s: float = 60) -> None:
        """Returns when the command has said so."""
        until = time.monotonic() + timeout_s
        while text not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def ended(self, timeout_s: float) -> int:
        """Its exit code; it is killed when it takes longer."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {timeout_s} s:\n{self.said()[-3000:]}") from None

    def kill(self) -> int:
        """kill -9; how much memory it had taken at most, in kB."""
        self.measure()
        self.process.kill()
        self.process.wait()
        return self.peak_kb

    def stop(self, timeout_s: float = 60) -> int:
        """SIGTERM: it lands what it has; its exit code."""
        self.measure()
        self.process.send_signal(signal.SIGTERM)
        return self.ended(timeout_s)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def measure(self) -> int:
        """The most memory that it has taken so far, in kB."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        except OSError:
            return self.peak_kb
        told = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
        self.peak_kb = max(self.peak_kb, int(told))
        return self.peak_kb

    def alive(self) -> str:
        """What it said last. AssertionError: it has ended."""
        assert self.process.poll() is None, f"it ended by itself:\n{self.said()}"
        return self.said()[-3000:]

    def handles(self) -> int:
        """How many files and connections it holds."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))


@contextmanager
def ended(*running: Running) -> Iterator[None]:
    """Whatever still runs at the end of the block is killed."""
    try:
        yield
    finally:
        for one in running:
            if one.process.poll() is None:
                one.kill()
