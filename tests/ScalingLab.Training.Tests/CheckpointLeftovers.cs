using ScalingLab.Training.Checkpoints;

namespace ScalingLab.Training.Tests;

/// <summary>What workers that were killed left half-written, on a folder that nodes may share.</summary>
public sealed class CheckpointLeftovers
{
    [Fact]
    public void What_a_dead_worker_of_this_machine_or_nobody_for_minutes_wrote_is_removed_and_what_may_be_written_now_stays()
    {
        using var folder = new TemporaryFolder();
        var here = Environment.MachineName.Replace('.', '_');
        Write("step-1.ckpt", minutesOld: 60);
        Write($"step-2.ckpt.{here}+{int.MaxValue}-a.tmp");
        Write($"step-2.ckpt.{here}+{Environment.ProcessId}-a.tmp");
        Write("step-2.ckpt.elsewhere+1-a.tmp");
        Write("step-3.ckpt.elsewhere+1-a.tmp", minutesOld: 11);
        Write("step-3.ckpt.tmp", minutesOld: 11);
        new CheckpointFolder(folder.Path).RemoveAbandoned();
        Assert.Equal(
            new[] { "step-1.ckpt", "step-2.ckpt.elsewhere+1-a.tmp",
                $"step-2.ckpt.{here}+{Environment.ProcessId}-a.tmp" }.Order(StringComparer.Ordinal),
            Directory.GetFiles(folder.Path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));

        void Write(string name, int minutesOld = 0)
        {
            var file = folder[name];
            File.WriteAllText(file, "half");
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddMinutes(-minutesOld));
        }
    }
}
