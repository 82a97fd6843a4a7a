namespace ScalingLab.Testing;

/// <summary>Where the repository lies, and the reference data beside it.</summary>
public static class Repository
{
    /// <summary>The folder of ScalingLab.sln, above the tests that run.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or folder of the repository.</summary>
    public static string At(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>A file or folder of the reference data that may lie beside the repository.</summary>
    public static string Shared(params string[] path) =>
        Path.Combine([Path.GetDirectoryName(Root)!, "shared", .. path]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ScalingLab.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
