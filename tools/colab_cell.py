# @title Set up on Google Colab (anywhere else this cell does nothing)
import sys

if "google.colab" in sys.modules:
    import subprocess
    import tempfile
    from importlib import invalidate_caches
    from importlib.metadata import distributions
    from importlib.util import find_spec

    def versions():
        return {d.name.lower().replace("_", "-"): d.version for d in distributions()}

    before = versions()
    if find_spec("sonic_lab") is None:
        print("Installing Sonic Lab, about a minute...")
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as keep:
            kept = ("torch", "torchaudio", "torchvision", "numpy")  # Colab's own, made for its GPU
            keep.writelines(f"{name}=={before[name]}\n" for name in kept if name in before)
            keep.flush()
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", keep.name]
            command += ["sonic-lab[loudness,provenance] @ git+https://github.com/OWNER/REPO@REF"]
            pip = subprocess.run(command, capture_output=True, text=True)
        if pip.returncode:
            print(pip.stdout[-1000:], pip.stderr[-2000:])
            raise RuntimeError("pip could not install Sonic Lab: its reason stands above")
        invalidate_caches()
    after = versions()
    changed = sorted(name for name in after if before.get(name) != after[name])
    for name in changed:
        print(f"{name}: {before.get(name, 'not there')} -> {after[name]}")
    print(f"Sonic Lab {after.get('sonic-lab', '')} is ready, {len(changed)} packages changed.")
    if any(name in before and name.replace("-", "_") in sys.modules for name in changed):
        print("Some were in use: choose Runtime > Restart session, then run from the top.")
