"""Many threads at once, each on a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connections


def at_once[T](times: int, do: Callable[[int], T]) -> list[T | Exception]:
    """Run ``do(0)``, ``do(1)``, ... at the same moment; what each returned or raised, in that order."""
    together = threading.Barrier(times)
    results: list[T | Exception | None] = [None] * times

    def run(index: int) -> None:
        try:
            together.wait()
            results[index] = do(index)
        except Exception as error:  # a race is judged by what each one got
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [result for result in results if result is not None]
