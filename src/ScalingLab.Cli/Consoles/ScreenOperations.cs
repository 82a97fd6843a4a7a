using ScalingLab.Lab.Models;

namespace ScalingLab.Cli.Consoles;

/// <summary>Long work and notes of it on a screen.</summary>
internal sealed class ScreenOperations(Screen screen) : IOperations
{
    public Task<T> RunAsync<T>(string what, Func<Action<string>, Task<T>> work, CancellationToken stop) =>
        LongOperation.RunAsync(screen, what, said => work(said.SetStage), stop);

    public void Say(string line) => screen.Error.WriteLine($"lab: {line}");
}
