using System.Diagnostics;

namespace ScalingLab.Testing;

/// <summary>Programs of the machine that tests run to their end.</summary>
public static class Programs
{
    /// <summary>What a program printed; one that ends badly throws with it.</summary>
    public static string Run(string program, params IEnumerable<string> arguments) =>
        Run(new ProcessStartInfo(program, arguments));

    /// <summary>The same, in a folder and an environment.</summary>
    public static string Run(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var complaint = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said
            : throw new InvalidOperationException(
                $"{start.FileName} {string.Join(' ', start.ArgumentList)}: {said}{complaint.GetAwaiter().GetResult()}");
    }
}
