using Deque.AxeCore.Commons;

namespace ScalingLab.Testing;

/// <summary>What axe-core finds on a page.</summary>
public static class Accessibility
{
    /// <summary>Nothing that axe-core calls serious or critical; else each with its first place.</summary>
    public static async Task RequireAccessibleAsync(this Chromium page)
    {
        if (!(await page.ValueAsync("'axe' in"
            + " window")).GetBoolean()) await page.ValueAsync(new BundledAxeScriptProvider().GetScript());
        await page.ValueAsync("window.found = undefined; axe.run().then(r => { window.found = r.violations"
            + ".filter(v => ['serious', 'critical'].includes(v.impact))"
            + ".map(v => `${v.id} (${v.nodes.length}): ${v.nodes[0].html.slice(0, 120)}"
                + " ${v.nodes[0].failureSummary}`).join('\\n') }); 0");
        await page.UntilAsync("window.found !== undefined");
        var found = (await page.ValueAsync("window.found")).GetString()!;
        Xunit.Assert.True(found.Length == 0, found);
    }
}
