# Read by ./run and ./test: finds a Python that is new enough, or ends with one line that says what to do.
found=
for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && return
    found="$found${found:+, }$python is $version"
done
echo "Sidang needs Python 3.11 or newer${found:+ ($found)}. On Debian and Ubuntu: apt install python3 python3-venv" >&2
exit 1
