-- One line that is easy to read: requests a second, p50, p95, p99 in milliseconds, and wrong answers.
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("KINROLL %.2f %.3f %.3f %.3f %d\n",
    summary.requests / (summary.duration / 1000000),
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
