using System.Diagnostics;
using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>What goes along with the bytes: type, metadata, rights, class, encryption; and what other programs find.</summary>
[Collection(SwiftCollection.Name)]
public sealed class TraitTests(SwiftFixture swift) : StoreTest(swift)
{
    [Theory]
    [InlineData(100)]
    [InlineData(2 * (64 << 10))]
    public async Task They_are_sent_with_the_object(int bytes)
    {
        var step = new KeptStep(MakeFile("cam.mkv", bytes));
        var module = Module(o =>
        {
            (o.Metadata, o.Tags, o.StorageClass, o.CannedAcl) = ("room=3, kind=lecture", "a=1, b=2", "STANDARD_IA", "PublicRead");
            (o.Encryption, o.KmsKeyId) = ("aws:kms", "the-key-id");
        });

        await RunAsync(module, step); // Swift has no classes and no encryption of this kind; what was asked for counts

        var head = Proxy.Requests.First(r => r.Method is "PUT" or "POST").Head;
        foreach (var line in new[]
        {
            "Content-Type: video/x-matroska", "x-amz-meta-room: 3", "x-amz-meta-kind: lecture", "x-amz-meta-sha256: ", $"x-amz-meta-tapedeck-step: {step.Id:N}", "x-amz-tagging: a=1&b=2",
            "x-amz-storage-class: STANDARD_IA", "x-amz-acl: public-read", "x-amz-server-side-encryption: aws:kms", "x-amz-server-side-encryption-aws-kms-key-id: the-key-id",
        })
        {
            head.ShouldContain(line, Case.Insensitive);
        }
    }

    [Fact]
    public async Task Rights_of_a_group_go_before_those_by_name()
    {
        var module = Module(o => (o.CannedAcl, o.ACLGroupGranteeUri, o.ACLPermissionRule) = ("private", "http://acs.amazonaws.com/groups/global/AllUsers", "read"));
        await RunAsync(module, new KeptStep(MakeFile("cam.mp4", 100)));
        var head = Proxy.Requests.First(r => r.Method == "PUT").Head;
        head.ShouldContain("x-amz-grant-read: uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"");
        head.ShouldNotContain("x-amz-acl");
    }

    [Fact]
    public async Task Bodies_are_never_chunked_and_carry_their_MD5()
    {
        await RunAsync(Module(), new KeptStep(MakeFile("a.mp4", 100)));
        await RunAsync(Module(), new KeptStep(MakeFile("b.mp4", 2 * (64 << 10))));
        var bodies = Proxy.Requests.Where(r => r.Method == "PUT").ToList();
        bodies.Count.ShouldBe(3);
        foreach (var request in bodies)
        {
            request.Head.ShouldNotContain("aws-chunked");
            request.Head.ShouldNotContain("STREAMING");
            request.Head.ShouldContain("Content-MD5: ");
        }
    }

    [Fact]
    public async Task Another_program_finds_the_same_bytes()
    {
        var path = MakeFile("cam.mp4", 3 * (64 << 10));
        (await RunAsync(Module(), new KeptStep(path))).Outcome.ShouldBe(StepOutcome.Done);

        var start = new ProcessStartInfo("rclone", ["cat", $"store:{Bucket}/cam.mp4", "--config", "/dev/null"]) { RedirectStandardOutput = true };
        start.Environment.Remove("AWS_CA_BUNDLE"); // rclone ends where it is set
        foreach (var (name, value) in new[]
        {
            ("TYPE", "s3"), ("PROVIDER", "Other"), ("ENDPOINT", Swift.Endpoint), ("ACCESS_KEY_ID", SwiftServer.AccessKey), ("SECRET_ACCESS_KEY", SwiftServer.SecretKey), ("FORCE_PATH_STYLE", "true"),
        })
        {
            start.Environment["RCLONE_CONFIG_STORE_" + name] = value;
        }

        using var rclone = Process.Start(start)!;
        using var content = new MemoryStream();
        await rclone.StandardOutput.BaseStream.CopyToAsync(content);
        await rclone.WaitForExitAsync();
        content.ToArray().ShouldBe(await File.ReadAllBytesAsync(path));
    }
}
