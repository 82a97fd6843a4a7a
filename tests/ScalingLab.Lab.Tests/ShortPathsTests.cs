using ScalingLab.Lab.Formatting;

namespace ScalingLab.Lab.Tests;

public sealed class ShortPathsTests
{
    [Fact]
    public void Files_are_named_by_what_tells_them_apart()
    {
        Assert.Equal(["a.txt", "b.txt"], ShortPaths.Shorten(["/x/c/a.txt", "/x/d/b.txt"]));
        Assert.Equal(["c/a.txt", "d/a.txt", "b.txt"], ShortPaths.Shorten(["/x/c/a.txt", "/x/d/a.txt", "/x/c/b.txt"]));
        Assert.Equal(["1/c/a.txt", "2/c/a.txt", "d/a.txt"],
            ShortPaths.Shorten(["/1/c/a.txt", "/2/c/a.txt", "/2/d/a.txt"]));
        Assert.Equal(["/a.txt", "x/a.txt"], ShortPaths.Shorten(["/a.txt", "/x/a.txt"]));
        Assert.Equal(["a.txt", "a.txt"], ShortPaths.Shorten(["/x/a.txt", "/x/a.txt"]));
    }
}
