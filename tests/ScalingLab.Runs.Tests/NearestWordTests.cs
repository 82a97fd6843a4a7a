using ScalingLab.Runs.Parsing;

namespace ScalingLab.Runs.Tests;

public class NearestWordTests
{
    [Theory]
    [InlineData("plna", "plan")]
    [InlineData("quick", null)]
    [InlineData("STATUS", "status")]
    [InlineData("que", "queue")] // what it begins
    [InlineData("qu", null)] // two letters say too little
    [InlineData("doktor", "doctor")]
    [InlineData("bundel", "bundle")]
    [InlineData("wholly-other", null)]
    public void The_word_meant_is_one_with_few_letters_changed_or_that_begins_so(string word, string? meant) =>
        Assert.Equal(meant, NearestWord.Find(word, ["plan", "queue", "status", "doctor", "bundle"]));

    [Fact]
    public void A_hint_without_a_near_word_lists_what_is_known() =>
        Assert.Equal(" (known: plan, queue)", NearestWord.Hint("wholly-other", ["plan", "queue"]));
}
