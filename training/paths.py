"""Where everything large lives: never inside the repository."""
import fcntl, os
from pathlib import Path

DATA = Path(os.environ.get('TRAIN_DATA', Path.home() / 'kyutai-stt-training'))
PACKAGES = DATA / 'packages'      # unpacked Debian packages and wheels whose texts or sounds are read
HERE = Path(__file__).parent
RATE = 24000                      # samples a second
FRAME = 1920                      # samples a frame: 80 ms, 12.5 frames a second
DATA.mkdir(parents=True, exist_ok=True)


def register():
    """Adds this process to the list in $TRAIN_PIDS, so that whoever measures speed can pause the training (kill -STOP)."""
    path = os.environ.get('TRAIN_PIDS')
    if path:
        with open(path, 'a+') as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            f.seek(0)
            alive = [p for p in f.read().split() if Path(f'/proc/{p}').exists()]
            f.truncate(0)
            f.write('\n'.join([*alive, str(os.getpid())]) + '\n')
