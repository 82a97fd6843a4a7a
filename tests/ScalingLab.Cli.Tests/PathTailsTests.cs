namespace ScalingLab.Cli.Tests;

public sealed class PathTailsTests
{
    [Fact]
    public void Files_are_named_by_what_tells_them_apart()
    {
        Assert.Equal(["a.txt", "b.txt"], PathTails.Of(["/x/c/a.txt", "/x/d/b.txt"]));
        Assert.Equal(["c/a.txt", "d/a.txt", "b.txt"], PathTails.Of(["/x/c/a.txt", "/x/d/a.txt", "/x/c/b.txt"]));
        Assert.Equal(["1/c/a.txt", "2/c/a.txt", "d/a.txt"], PathTails.Of(["/1/c/a.txt", "/2/c/a.txt", "/2/d/a.txt"]));
        Assert.Equal(["/a.txt", "x/a.txt"], PathTails.Of(["/a.txt", "/x/a.txt"]));
        Assert.Equal(["a.txt", "a.txt"], PathTails.Of(["/x/a.txt", "/x/a.txt"]));
    }
}
