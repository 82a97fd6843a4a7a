using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using ScalingLab.Data.Datasets;
using ScalingLab.Training;
using ScalingLab.Training.Parallel;
using ScalingLab.Worker.Attempts;
using ScalingLab.Worker.Diagnostics;

namespace ScalingLab.Worker;

/// <summary>The process of a rank that is not 0, see <see cref="RankProcesses"/>.</summary>
internal static class RankProcess
{
    private const int ConnectMilliseconds = 60_000;

    /// <summary>Makes its share of a run's steps until its input ends, and with that its process.</summary>
    /// <returns>1, after a word of what failed; otherwise it does not return.</returns>
    public static int Run(TextReader input, MessageChannel protocol)
    {
        // Who stops, and when, is rank 0's to say: a signal that meets the whole group of processes is not.
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        using var never = new ManualResetEventSlim();
        try
        {
            var order = Order.Read<RankOrder>(input);
            new Thread(() => EndWith(input)) { IsBackground = true, Name = "stdin" }.Start();
            var pipe = new NamedPipeClientStream(".", order.Pipe, PipeDirection.InOut, PipeOptions.CurrentUserOnly);
            pipe.Connect(ConnectMilliseconds);
            pipe.WriteByte((byte)order.Rank);
            using var group = ProcessGroup.Following(order.Rank, order.Order.Settings.Gpus, pipe);
            if (order.Benchmark) StepBenchmark.RunAsFollower(order.Order, group);
            else FollowerLoop.Run(order.Order,
                PreparedData.Load(order.Order.Spec.Data, order.Order.Settings.DataFolder), group);
            never.Wait(); // what it has in its GPU's memory the others may still read
        }
        catch (PeerLostException)
        {
            never.Wait(); // for the end of the input, which comes with rank 0's
        }
        catch (Exception e) // the word of what failed must be said
        {
            protocol.Send(Attempt.FailureMessage(e));
        }

        return 1;
    }

    private static void EndWith(TextReader input)
    {
        try
        {
            while (input.ReadLine() is not null)
            {
                // There is nothing more to be told.
            }
        }
        finally
        {
            using var itself = Process.GetCurrentProcess();
            itself.Kill(); // an orderly exit would wait for what hangs, such as a sum that never comes
        }
    }
}
