using System.Globalization;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Chaos.Trials;

/// <summary>
/// A wall clock that is wrong for one program and all that it starts: a library loaded before libc's, compiled for the
/// occasion. Only what the time of day is differs, as on a machine that is set wrongly: clocks that count from the
/// start of the machine, and with them every wait of .NET, stay. (libfaketime 0.9.10 wraps the waits as well:
/// connections then broke off and timers ran late, and nothing was learnt of the product.)
/// </summary>
internal sealed class WrongClock : IDisposable
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static long ahead;

        __attribute__((constructor)) static void begin(void) {
          const char *seconds = getenv("LAB_CHAOS_CLOCK_AHEAD");
          ahead = seconds ? atol(seconds) : 0;
        }

        int clock_gettime(clockid_t clock, struct timespec *now) {
          int code = (int)syscall(SYS_clock_gettime, clock, now);
          if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead;
          return code;
        }

        int gettimeofday(struct timeval *restrict now, void *restrict zone) {
          struct timespec precise;
          (void)zone;
          if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
          now->tv_sec = precise.tv_sec;
          now->tv_usec = precise.tv_nsec / 1000;
          return 0;
        }

        time_t time(time_t *into) {
          struct timespec precise;
          if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return (time_t)-1;
          if (into) *into = precise.tv_sec;
          return precise.tv_sec;
        }

        """;

    private readonly string _folder;

    private WrongClock(string folder) => _folder = folder;

    private string Library => Path.Combine(_folder, "clock.so");

    /// <summary>Compiles it; null where there is no compiler.</summary>
    /// <exception cref="ChaosException">There is one, but it refused.</exception>
    public static async Task<WrongClock?> BuildAsync(CancellationToken stop)
    {
        var clock = new WrongClock(Directory.CreateTempSubdirectory("lab-chaos-clock-").FullName);
        var source = Path.Combine(clock._folder, "clock.c");
        await File.WriteAllTextAsync(source, Source, stop);
        var done =
            await ProcessResult.RunAsync("cc", ["-O2", "-shared", "-fPIC", "-o", clock.Library, source], null,
                TimeSpan.FromMinutes(1), stop);
        if (done is { ExitCode: 0 }) return clock;
        clock.Dispose();
        return done is null ? null : throw new ChaosException($"cc: {done.Error}");
    }

    /// <summary>
    /// The words before a program's own that give it a clock so many seconds ahead; behind, where negative.
    /// </summary>
    public string[] CommandPrefix(int seconds) =>
        ["env", $"LD_PRELOAD={Library}",
            string.Create(CultureInfo.InvariantCulture, $"LAB_CHAOS_CLOCK_AHEAD={seconds}")];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
