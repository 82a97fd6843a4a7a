using ScalingLab.Runs;

namespace ScalingLab.Lab.Requests;

/// <summary>Web addresses that options name.</summary>
public static class WebAddress
{
    /// <summary>The address that was given.</summary>
    /// <param name="option">Who names it.</param>
    /// <param name="given">What it named.</param>
    /// <param name="example">How one looks.</param>
    /// <exception cref="InputException">It is none. It is not repeated: it may hold a secret.</exception>
    public static Uri Parse(string option, string given, string example) =>
        Uri.TryCreate(given, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0
            ? url : throw new InputException(option, $"is no http or https address: give one in full, as {example}");
}
