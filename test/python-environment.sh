# Sourced by the tests that need Python: makes an environment with a test's pinned packages, once for each version of their list. Needs Python with venv.
# $1: the test's folder, which has python/requirements.txt. Sets `environment`, the folder of the environment.
environment=.build/python-$(basename "$1")-$(cksum <"$1/python/requirements.txt" | cut -d ' ' -f 1)
if [ ! -e "$environment/complete" ]; then
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$1/python/requirements.txt"
  touch "$environment/complete"
fi
export PYTHONDONTWRITEBYTECODE=1
